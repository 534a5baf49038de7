"""Pure decisions about plans: what a change costs, and which plan holds now."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

from clarity.errors import ClarityError
from clarity.money import Money
from clarity.plans.messages import Change, ChangeKind, PaidPeriod, Plan
from clarity.plans.table import FREE, find_plan

GRACE = timedelta(days=3)
"""A renewal may be this late, while the provider charges, before the plan is lost."""


class SamePlan(ClarityError):
    """The account has this plan already."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "same-plan"
    hint = "Nothing needs to be done: it renews by itself. GET /v1/plans lists the others."


class NotForSale(ClarityError):
    """The free plan cannot be bought."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "not-for-sale"
    hint = "Cancel the subscription instead: Free follows when the paid month is over."


def proration(old: Money, new: Money, *, start: datetime, end: datetime, at: datetime) -> Money:
    """Difference of two monthly prices for the rest of a paid period, to the second.

    Args:
        old, new: prices of the whole period.
        start, end: of the period that is paid at the old price.
        at: moment of the change; before `start` it counts as `start`, after `end` as `end`.

    Returns:
        From zero to `new - old`; zero where the new price is not higher.
    """
    whole = int((end - start).total_seconds())
    rest = int((end - min(max(at, start), end)).total_seconds())
    difference = new - old
    if difference.minor <= 0 or whole <= 0:
        return Money(minor=0, currency=new.currency)
    return difference.share(rest, whole)


def change_to(new: Plan, *, paid: PaidPeriod | None, renews: bool, now: datetime) -> Change:
    """What it means to take a plan now.

    Args:
        new: the plan that is wanted.
        paid: what is paid at this moment, if anything is.
        renews: whether the plan in `paid` goes on by itself at its end.
        now: the moment.

    Raises:
        NotForSale: it is the free plan.
        SamePlan: the plan is the account's already, and renews.
    """
    if not new.price:
        raise NotForSale("The free plan needs no payment.")
    if paid is None or paid.end <= now:
        return Change(
            kind=ChangeKind.START,
            plan=new.name,
            due_now=new.price,
            first_regular_charge=None,
            takes_effect=None,
        )
    old = find_plan(paid.plan)
    if old.name == new.name and renews:
        raise SamePlan(f"The account has the plan {new.title} already.")
    kind = _kind(old, new)
    return Change(
        kind=kind,
        plan=new.name,
        due_now=proration(old.price, new.price, start=_month_of(paid), end=paid.end, at=now),
        first_regular_charge=paid.end,
        takes_effect=paid.end if kind is ChangeKind.DOWNGRADE else None,
    )


def paid_now(periods: Iterable[PaidPeriod], now: datetime) -> PaidPeriod | None:
    """Of the paid periods around `now` the one with the best plan, the latest end among equals."""
    around = [period for period in periods if period.start <= now < period.end]
    return max(around, key=_worth, default=None)


def plan_now(periods: Iterable[PaidPeriod], now: datetime, *, renewing: str | None) -> Plan:
    """The plan that holds now.

    Args:
        periods: what the account has paid.
        now: the moment.
        renewing: name of the plan of a live subscription; it is kept through `GRACE` after
            the end of what is paid, while its next charge is under way.
    """
    known = list(periods)
    current = paid_now(known, now)
    if current is not None:
        return find_plan(current.plan)
    late = any(period.end <= now < period.end + GRACE for period in known)
    return find_plan(renewing) if renewing and late else FREE


def _month_of(paid: PaidPeriod) -> datetime:
    """Start of the month that a paid period ends with.

    After an upgrade only the rest of a month is paid at the new plan's price; prices are of
    whole months, so a second upgrade counts from the same month's start as the first.
    """
    year, month = divmod(paid.end.year * 12 + paid.end.month - 2, 12)
    day = min(paid.end.day, monthrange(year, month + 1)[1])
    return min(paid.start, paid.end.replace(year=year, month=month + 1, day=day))


def _kind(old: Plan, new: Plan) -> ChangeKind:
    if old.name == new.name:
        return ChangeKind.RESUME
    return ChangeKind.UPGRADE if old.price < new.price else ChangeKind.DOWNGRADE


def _worth(period: PaidPeriod) -> tuple[int, datetime]:
    return find_plan(period.plan).price.minor, period.end
