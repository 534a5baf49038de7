"""The clerk: moves cases on by time, finds reviewers, tells what nobody was told of."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.errors import ClarityError
from clarity.rounds import Rounds
from deployments.rest import casework
from deployments.rest.services import Services

EVERY_SECONDS = 15.0

log = structlog.get_logger("clarity.clerk")


class Clerk(Rounds):
    """Goes round in a thread of its own; several of them do no harm, nor does one that dies."""

    def __init__(self, services: Services, *, every: float = EVERY_SECONDS) -> None:
        super().__init__("clerk", self._run)
        self._services = services
        self._every = every

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._every):
            try:
                casework.tend(self._services)
            except (ClarityError, SQLAlchemyError) as error:
                log.error("not-tended", error=type(error).__name__)
