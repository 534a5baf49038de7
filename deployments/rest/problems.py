"""Errors as RFC 9457 problem documents: rendered by one set of handlers, documented once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from clarity.errors import ClarityError
from clarity.scans.messages import Problem
from clarity.scans.rules import problem_of

MEDIA_TYPE = "application/problem+json"
LARGEST_NUMBER = 2**63 - 1
"""No database counts further; a larger number in a request is one that cannot be meant."""


class InvalidRequest(ClarityError):
    """A parameter or a field of the request is missing or wrong."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "invalid-request"
    hint = "Correct the named fields; /v1/docs shows every request with an example."


class NoSuchAddress(ClarityError):
    """There is nothing at this address."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "no-such-address"
    hint = "See /v1/docs for the addresses that exist."


class MethodNotAllowed(ClarityError):
    """The address exists, but not for this method."""

    status: ClassVar[int] = 405
    code: ClassVar[str] = "method-not-allowed"
    hint = "The Allow header names the methods; /v1/docs shows how they are used."


class NotReady(ClarityError):
    """A part of the service is still starting, or was lost and is being restarted."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "not-ready"
    hint = "Try again in a few seconds; accepted scans are safe and go on by themselves."
    retry_after = 2


class BadRequest(ClarityError):
    """The request cannot be read."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    hint = "See /v1/docs for the form of every request."


class Unexpected(ClarityError):
    """Something went wrong inside; the service's log has it under the request's number."""


_BY_STATUS: dict[int, type[ClarityError]] = {404: NoSuchAddress, 405: MethodNotAllowed}


def problem_response(error: ClarityError, headers: Mapping[str, str] | None = None) -> Response:
    """An error as a problem document."""
    shown = {**_retry(error), **(headers or {})}
    return document_response(problem_of(error), shown, getattr(error, "extensions", {}))


def document_response(
    problem: Problem,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> Response:
    """A problem as an answer; `extensions` are members beside the five (RFC 9457, section 3.2)."""
    return JSONResponse(
        {**problem.model_dump(), **(extensions or {})},
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def add_handlers(app: FastAPI) -> None:
    """Render every error of the library and of the framework as a problem document."""
    app.add_exception_handler(ClarityError, _on_clarity_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)


def documented(*errors: type[ClarityError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of an operation that may raise these errors."""
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = responses.setdefault(error.status, {"description": "", "content": {}})
        line = (error.__doc__ or "").strip().splitlines()[0]
        entry["description"] = f"{entry['description']} {line}".strip()
        content = entry["content"].setdefault(
            MEDIA_TYPE, {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        )
        # Not every constructor takes a message alone, so the example is made without one.
        shown = problem_of(_example(error))
        content["examples"][error.code] = {"value": shown.model_dump()}
    return responses


def _example(error: type[ClarityError]) -> ClarityError:
    example = error.__new__(error)
    ClarityError.__init__(example, (error.__doc__ or "").strip().splitlines()[0])
    return example


def _retry(error: ClarityError) -> dict[str, str]:
    seconds = getattr(error, "retry_after", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


async def _on_clarity_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, ClarityError)
    return problem_response(error)


async def _on_http_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code)
    if kind is not None:
        shown = problem_of(kind((kind.__doc__ or "").strip()))
    else:
        shown = problem_of(BadRequest(str(error.detail)))
        shown = shown.model_copy(update={"status": error.status_code})
    return document_response(shown, error.headers)


async def _on_validation_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)
    # The value itself is not repeated: it is the client's, and it may be long or hostile.
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors()[:5]
    ]
    return problem_response(InvalidRequest("; ".join(faults)))
