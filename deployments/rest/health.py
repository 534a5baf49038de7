"""Liveness and readiness."""

import asyncio
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from deployments.rest.access import OPEN
from deployments.rest.problems import NotReady, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1", tags=["health"], dependencies=OPEN)


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"
    models: dict[str, str]


@router.get("/health", summary="Is the gateway alive?", responses=documented(Unexpected))
async def read_health() -> Alive:
    """Answers as long as the process does, whatever else is down."""
    return Alive()


@router.get("/ready", summary="Can scans be answered?", responses=documented(NotReady, Unexpected))
async def read_ready(services: ServicesOf) -> Ready:
    """Databases reachable, detectors loaded, a scanner at work; else 503 with what is missing."""
    try:
        for part in (services.archive, services.members, services.desk):
            await asyncio.to_thread(part.ping)
    except SQLAlchemyError as error:
        raise NotReady("The database does not answer.") from error
    await services.catalogue.check()
    cards = await services.catalogue.cards()
    return Ready(models={name: card.release for name, card in cards.items()})
