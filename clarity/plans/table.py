"""The plans: the one table that page, gateway, payments and billing share."""

from typing import ClassVar

from clarity.errors import ClarityError
from clarity.money import Money
from clarity.plans.messages import Extra, Panel, Plan


class UnknownPlan(ClarityError):
    """There is no plan of this name."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "unknown-plan"
    hint = "GET /v1/plans lists the plans."


class UnknownExtra(ClarityError):
    """There is nothing of this name to be bought singly."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "unknown-extra"
    hint = "GET /v1/plans lists what can be bought singly."


def _usd(cents: int) -> Money:
    return Money(minor=cents, currency="USD")


# Cheapest first. A price that is raised is a new price at the provider: subscriptions go on
# at the price their owners agreed to. Quotas count calendar months; None is without limit.
PLANS = (
    Plan(
        name="free",
        title="Free",
        price=_usd(0),
        panel=Panel.ONE_MODEL,
        scans_per_month=None,
        expert_reports_per_month=0,
        priority=0,
        summary="One model, in spare capacity.",
    ),
    Plan(
        name="basic",
        title="Basic",
        price=_usd(300),
        panel=Panel.EVERY_MODEL,
        scans_per_month=100,
        expert_reports_per_month=0,
        priority=100,
        summary="Every deployed model, ahead of all free checks.",
    ),
    Plan(
        name="plus",
        title="Plus",
        price=_usd(600),
        panel=Panel.EVERY_MODEL,
        scans_per_month=500,
        expert_reports_per_month=2,
        priority=200,
        expert_days=5,
        summary="More checks, and two reports by an expert every month.",
    ),
    Plan(
        name="pro",
        title="Pro",
        price=_usd(1000),
        panel=Panel.EVERY_MODEL,
        scans_per_month=2000,
        expert_reports_per_month=None,
        priority=300,
        expert_days=2,
        summary="Reports by experts without limit, served first.",
    ),
)

EXTRAS = (Extra(name="expert-report", title="One report by an expert", price=_usd(400)),)

FREE = PLANS[0]
TOP_PRICE = _usd(1000)
"""No plan may cost more; a test holds the table to it."""

_BY_NAME = {plan.name: plan for plan in PLANS}
_EXTRAS = {extra.name: extra for extra in EXTRAS}


def find_plan(name: str) -> Plan:
    """A plan by its name; raises `UnknownPlan`."""
    if name not in _BY_NAME:
        raise UnknownPlan(f"There is no plan {name[:40]!r}.")
    return _BY_NAME[name]


def find_extra(name: str) -> Extra:
    """What can be bought singly, by its name; raises `UnknownExtra`."""
    if name not in _EXTRAS:
        raise UnknownExtra(f"There is no {name[:40]!r} to be bought.")
    return _EXTRAS[name]
