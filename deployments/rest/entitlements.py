"""What a caller's plan gives them."""

from dataclasses import dataclass

from clarity.accounts.messages import FREE
from clarity.scans.rules import Priority
from clarity.settings import Settings
from deployments.rest.access import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Attributes:
    panel: detectors that judge.
    priority: place in the queue.
    """

    panel: tuple[str, ...]
    priority: int


def entitlement(settings: Settings, caller: Caller) -> Entitlement:
    """Strangers and the free plan get the free panel in the free lane; every other plan all."""
    if caller.identity is None or caller.identity.plan == FREE:
        return Entitlement(panel=settings.panel, priority=Priority.FREE)
    return Entitlement(panel=settings.detectors, priority=Priority.CUSTOMER)
