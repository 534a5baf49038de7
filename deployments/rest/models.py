"""Routes below `/v1/models`: the deployed detectors and their cards."""

from typing import ClassVar

from fastapi import APIRouter

from clarity.detectors.card import Card
from clarity.errors import ClarityError
from deployments.rest.access import OPEN, STRANGER_ERRORS
from deployments.rest.problems import InvalidRequest, NotReady, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=OPEN)


class ModelNotFound(ClarityError):
    """No detector of this name is deployed."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "model-not-found"
    hint = "GET /v1/models lists the deployed detectors."


@router.get(
    "",
    summary="The deployed detectors",
    responses=documented(NotReady, *STRANGER_ERRORS, Unexpected),
)
async def list_models(services: ServicesOf) -> list[Card]:
    """Card of every detector: technique, training data, measured figures, limits."""
    return list((await services.catalogue.cards()).values())


@router.get(
    "/{name}",
    summary="The card of one detector",
    responses=documented(ModelNotFound, InvalidRequest, NotReady, *STRANGER_ERRORS, Unexpected),
)
async def read_model(name: str, services: ServicesOf) -> Card:
    """What it looks at, what it was trained on, how well it does, what it cannot see."""
    card = (await services.catalogue.cards()).get(name)
    if card is None:
        raise ModelNotFound("No detector of this name is deployed.")
    return card
