"""What the gateway's routes stand on; given to `create_app`, found on the application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Protocol

from fastapi import Depends, Request

from clarity.checkout.desk import Desk
from clarity.detectors.card import Card
from clarity.scans.archive import Archive
from clarity.settings import Settings

if TYPE_CHECKING:
    from deployments.rest.payer import People


class Catalogue(Protocol):
    """The deployed detectors, as the gateway sees them."""

    async def cards(self) -> Mapping[str, Card]:
        """Card of every deployed detector; may be a few seconds old. Raises `NotReady`."""
        ...

    async def check(self) -> None:
        """Raise `NotReady` unless every detector is loaded and a scanner works, right now."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Attributes:
    settings: of the installation.
    archive: the queue, the reports, the media.
    catalogue: the deployed detectors.
    check_url: raises `ClarityError` for an address that is never fetched.
    desk: plans, payments and bills.
    people: knows whose requests these are; without it nobody is logged in.
    """

    settings: Settings
    archive: Archive
    catalogue: Catalogue
    check_url: Callable[[str], object]
    desk: Desk
    people: "People | None" = None


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(_services)]
