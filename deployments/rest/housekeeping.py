"""What runs out is forgotten: scans that are not kept, sessions, links, failures, bans."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.accounts import administration, service
from clarity.rounds import Rounds
from deployments.rest import departure
from deployments.rest.services import Services

EVERY_SECONDS = 60.0

log = structlog.get_logger("clarity.housekeeping")


class Housekeeper(Rounds):
    """Sweeps once a minute, in a thread of its own; several of them do no harm."""

    def __init__(self, services: Services) -> None:
        super().__init__("housekeeper", self._run)
        self._services = services

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY_SECONDS):
            try:
                sweep(self._services)
            except SQLAlchemyError as error:
                log.error("not-swept", error=type(error).__name__)


def sweep(services: Services) -> None:
    """Forget whatever has run out by now."""
    departure.erase_fleeting(services)
    desk = services.members.desk
    with desk.database.write() as session:
        service.sweep(session, now=desk.clock(), rules=desk.rules)
        administration.sweep_bans(session, now=desk.clock())
