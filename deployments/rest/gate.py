"""The layer below the edge: bans, the limit of every address, small bodies read with a limit."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import ClassVar

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clarity.errors import ClarityError
from deployments.rest.addresses import AddressBanned, client_unit
from deployments.rest.limiter import TooManyRequests
from deployments.rest.problems import BadRequest, InvalidRequest, problem_response
from deployments.rest.services import Services

ADDRESS = "clarity.address"
"""Where in the ASGI scope the client's address unit stands."""
STREAMED = frozenset({"/v1/scans"})
"""Paths whose bodies are bounded while they stream, see `uploads.py`."""
ATTACHMENTS = re.compile(r"/v1/reviews/[^/]+/attachments")
"""Likewise."""
DRAFTS = re.compile(r"/v1/reviews/[^/]+/draft")
DRAFT_BYTES = 512 * 1024
"""An expert's report is long, and none of it may be lost."""
FREE_OF_CHARGE = frozenset({"/v1/health", "/v1/ready"})
"""Probes of the cluster and of load balancers are not limited."""


class BodyTooLarge(ClarityError):
    """The body is larger than any request of this address needs."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "body-too-large"
    hint = "See /v1/docs for what this request takes."


class BodyTooSlow(ClarityError):
    """The body did not arrive in time."""

    status: ClassVar[int] = 408
    code: ClassVar[str] = "body-too-slow"
    hint = "Check your connection and send the request again."


class TooManyOpen(ClarityError):
    """Too many requests of this address are open at once."""

    status: ClassVar[int] = 429
    code: ClassVar[str] = "too-many-open"
    hint = "Wait for some of them to be answered; close event streams that nobody reads."
    retry_after = 1


GATE_ERRORS = (AddressBanned, TooManyRequests, TooManyOpen, BodyTooLarge, BodyTooSlow)
"""What is refused here. Errors of the routes have become answers further in."""
BODY_ERRORS = (BadRequest, BodyTooLarge, BodyTooSlow, InvalidRequest)
"""Of every request with a body."""


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services
        self._most_open = services.settings.address_open
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._admit(scope)
            with self._one_more_open(scope):
                if not _is_streamed(scope):
                    receive = _replay(await self._body(scope, receive), receive)
                await self._app(scope, receive, send)
        except GATE_ERRORS as error:
            await problem_response(error)(scope, receive, send)

    @contextmanager
    def _one_more_open(self, scope: Scope) -> Iterator[None]:
        """Streams and long waits of one address must not take every place of the gateway."""
        unit = scope[ADDRESS]
        if scope["path"] not in FREE_OF_CHARGE and self._open[unit] >= self._most_open:
            raise TooManyOpen(f"{self._most_open} requests of this address are open already.")
        self._open[unit] += 1
        try:
            yield
        finally:
            self._open[unit] -= 1
            if not self._open[unit]:
                del self._open[unit]

    async def _admit(self, scope: Scope) -> None:
        services = self._services
        unit = client_unit(
            (scope.get("client") or ("",))[0],
            _header(scope, b"x-forwarded-for"),
            services.settings.trusted_proxies,
        )
        scope[ADDRESS] = unit
        if scope["path"] in FREE_OF_CHARGE:
            return
        if services.bans.is_fresh():
            services.bans.check(unit)
        else:
            await asyncio.to_thread(services.bans.check, unit)
        services.limiter.hit(services.settings.address_limit, "address", unit)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self._services.settings.body_bytes
        if DRAFTS.fullmatch(scope["path"]):
            limit = max(limit, DRAFT_BYTES)
        announced = _header(scope, b"content-length")
        if announced.isdigit() and int(announced) > limit:
            raise BodyTooLarge(f"A body of this request has at most {limit} bytes.")
        body = bytearray()
        try:
            async with asyncio.timeout(self._services.settings.body_seconds):
                async for piece in _pieces(receive):
                    body += piece
                    if len(body) > limit:
                        raise BodyTooLarge(f"A body of this request has at most {limit} bytes.")
        except TimeoutError as error:
            raise BodyTooSlow("The body did not arrive in time.") from error
        return bytes(body)


def _is_streamed(scope: Scope) -> bool:
    path = scope["path"]
    return path in STREAMED or (scope["method"] == "POST" and bool(ATTACHMENTS.fullmatch(path)))


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _header(scope: Scope, name: bytes) -> str:
    # Several headers of one name are one list (RFC 9110, section 5.3).
    found = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ",".join(found)
