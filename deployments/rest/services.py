"""What the gateway's routes stand on; given to `create_app`, found on the application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from clarity.checkout.desk import Desk
from clarity.detectors.card import Card
from clarity.scans.archive import Archive
from clarity.settings import Settings
from deployments.rest.addresses import BanList
from deployments.rest.limiter import Limiter, open_limiter
from deployments.rest.members import Members


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
    members: accounts, records, audit log.
    limiter: of requests.
    bans: of addresses.
    desk: plans, payments and bills.
    """

    settings: Settings
    archive: Archive
    catalogue: Catalogue
    check_url: Callable[[str], object]
    members: Members
    limiter: Limiter
    bans: BanList
    desk: Desk


def gather(
    settings: Settings,
    archive: Archive,
    catalogue: Catalogue,
    check_url: Callable[[str], object],
    members: Members,
    desk: Desk,
) -> Services:
    """The services of one gateway.

    Raises:
        BadLimit, BadLimitStorage: a rate limit of the settings, or where to count, cannot be read.
    """
    limiter = open_limiter(
        settings.limits_url.get_secret_value(),
        home=settings.home,
        secret=settings.secret_key.get_secret_value(),
    )
    bans = BanList(members)
    for limit in (
        settings.address_limit,
        settings.free_scan_limit,
        settings.account_limit,
        settings.entrance_limit,
    ):
        limiter.read(limit)
    return Services(settings, archive, catalogue, check_url, members, limiter, bans, desk)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(_services)]
