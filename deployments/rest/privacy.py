"""`GET /v1/privacy`: what is kept, why, how long."""

from fastapi import APIRouter

from clarity.accounts.privacy import KEPT, Kept
from deployments.rest.access import OPEN, STRANGER_ERRORS
from deployments.rest.problems import Unexpected, documented

router = APIRouter(prefix="/v1/privacy", tags=["account"], dependencies=OPEN)


@router.get(
    "",
    summary="What is kept of a person, why, how long",
    responses=documented(*STRANGER_ERRORS, Unexpected),
)
async def read_privacy() -> list[Kept]:
    """The same table is part of every export."""
    return list(KEPT)
