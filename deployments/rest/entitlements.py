"""What a caller's plan gives them."""

from dataclasses import dataclass

from clarity.accounts.messages import FREE
from clarity.plans.messages import Panel
from clarity.scans.rules import Priority
from deployments.rest.access import Caller
from deployments.rest.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Attributes:
    panel: detectors that judge.
    priority: place in the queue.
    """

    panel: tuple[str, ...]
    priority: int


def entitlement(services: Services, caller: Caller) -> Entitlement:
    """Strangers and the free plan get the free panel in the free lane; every other plan all.

    A plan that an administrator has given stands beside what is paid for.
    """
    settings, who = services.settings, caller.identity
    paying = who is not None and (
        who.plan != FREE or services.desk.plan_of(who.account_id).panel is Panel.EVERY_MODEL
    )
    if not paying:
        return Entitlement(panel=settings.panel, priority=Priority.FREE)
    return Entitlement(panel=settings.detectors, priority=Priority.CUSTOMER)
