"""The gateway as a plain ASGI application."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from deployments.rest import (
    account,
    activity,
    administration,
    billing,
    case_reports,
    cases,
    docs,
    entrance,
    evidence,
    expert_administration,
    experts,
    health,
    models,
    payments,
    plans,
    privacy,
    review_files,
    reviews,
    scans,
    shares,
    webhooks,
)
from deployments.rest.access import need_rules
from deployments.rest.addresses import AddressBanned
from deployments.rest.edge import Edge
from deployments.rest.gate import Gate, TooManyOpen
from deployments.rest.limiter import TooManyRequests
from deployments.rest.problems import add_handlers, documented
from deployments.rest.services import Services

DESCRIPTION = (
    "Is this image or video of a person a deepfake, and why? Hand in a file or the address of a "
    "post; follow the scan; read the report. Errors are problem documents (RFC 9457) with a hint."
)

EVERYWHERE = documented(AddressBanned, TooManyRequests, TooManyOpen)
"""What the gate may answer to any request; a route that names the same status tells more."""


def create_app(services: Services) -> FastAPI:
    """The gateway as a plain ASGI application."""
    app = FastAPI(
        title="Clarity",
        version=_version(),
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    for part in (
        scans,
        shares,
        evidence,
        models,
        entrance,
        account,
        plans,
        payments,
        billing,
        activity,
        webhooks,
        cases,
        case_reports,
        reviews,
        review_files,
        experts,
        administration,
        expert_administration,
        privacy,
        health,
        docs,
    ):
        app.include_router(part.router, responses=EVERYWHERE)
    need_rules(app)
    add_handlers(app)
    app.add_middleware(Gate, services=services)
    app.add_middleware(Edge)
    return app


def _version() -> str:
    try:
        return version("clarity-deepfake")
    except PackageNotFoundError:
        return "0.1.0"
