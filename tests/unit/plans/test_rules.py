"""Plans: one table, changes with proration, the plan that holds."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.money import Money
from clarity.plans import table
from clarity.plans.messages import ChangeKind, PaidPeriod, Panel
from clarity.plans.rules import (
    GRACE,
    NotForSale,
    SamePlan,
    change_to,
    paid_now,
    plan_now,
    proration,
)
from clarity.plans.table import PLANS, TOP_PRICE, UnknownExtra, UnknownPlan, find_plan

START = datetime(2026, 1, 15, tzinfo=UTC)
END = datetime(2026, 2, 15, tzinfo=UTC)
prices = st.builds(Money, minor=st.integers(0, 100_000), currency=st.just("USD"))
moments = st.datetimes(datetime(2025, 12, 1), datetime(2026, 4, 1)).map(
    lambda m: m.replace(tzinfo=UTC)
)


def paid(plan="basic"):
    return PaidPeriod(plan=plan, start=START, end=END)


def test_the_table_is_what_was_promised():
    free, *others = PLANS
    assert (free.name, free.price.minor, free.panel) == ("free", 0, Panel.ONE_MODEL)
    assert all(plan.panel is Panel.EVERY_MODEL for plan in others)
    for lower, higher in pairwise(PLANS):
        assert lower.price < higher.price
        assert lower.priority < higher.priority
    assert PLANS[-1].price == TOP_PRICE == Money(minor=1000, currency="USD")
    assert PLANS[-1].expert_reports_per_month is None
    assert len({plan.name for plan in PLANS}) == len(PLANS)


def test_unknown_names_are_refused():
    with pytest.raises(UnknownPlan):
        find_plan("gold")
    with pytest.raises(UnknownExtra):
        table.find_extra("gold")


@given(prices, prices, moments)
def test_proration_lies_between_nothing_and_the_difference(old, new, at):
    due = proration(old, new, start=START, end=END, at=at)
    assert 0 <= due.minor <= max(0, new.minor - old.minor)


@given(prices, prices, moments, moments)
def test_the_later_the_change_the_less_is_due(old, new, one, other):
    early, late = sorted((one, other))
    before = proration(old, new, start=START, end=END, at=early)
    assert proration(old, new, start=START, end=END, at=late) <= before


@given(moments)
def test_two_steps_up_cost_what_one_does(at):
    low, middle, high = (find_plan(name).price for name in ("basic", "plus", "pro"))
    span = {"start": START, "end": END, "at": at}
    steps = proration(low, middle, **span) + proration(middle, high, **span)
    assert abs(steps.minor - proration(low, high, **span).minor) <= 1


def test_a_first_plan_is_charged_at_once():
    change = change_to(find_plan("plus"), paid=None, renews=False, now=START)
    assert (change.kind, change.due_now.minor) == (ChangeKind.START, 600)
    assert change.first_regular_charge is None
    late = change_to(find_plan("plus"), paid=paid(), renews=False, now=END)
    assert late.kind is ChangeKind.START


def test_up_at_once_for_the_difference_of_the_rest():
    middle = START + (END - START) / 2
    change = change_to(find_plan("pro"), paid=paid(), renews=True, now=middle)
    assert (change.kind, change.due_now.minor) == (ChangeKind.UPGRADE, 350)
    assert (change.takes_effect, change.first_regular_charge) == (None, END)


def test_down_when_the_month_is_over():
    change = change_to(find_plan("basic"), paid=paid("pro"), renews=True, now=START)
    assert (change.kind, change.due_now.minor) == (ChangeKind.DOWNGRADE, 0)
    assert change.takes_effect == change.first_regular_charge == END


def test_a_cancelled_plan_is_taken_up_again_without_paying_twice():
    change = change_to(find_plan("basic"), paid=paid(), renews=False, now=START)
    assert (change.kind, change.due_now.minor) == (ChangeKind.RESUME, 0)
    assert change.first_regular_charge == END


def test_what_cannot_be_taken():
    with pytest.raises(SamePlan):
        change_to(find_plan("basic"), paid=paid(), renews=True, now=START)
    with pytest.raises(NotForSale):
        change_to(find_plan("free"), paid=paid(), renews=True, now=START)


def test_the_best_of_what_is_paid_holds():
    periods = [paid("basic"), paid("pro"), paid("plus")]
    assert paid_now(periods, START).plan == "pro"
    assert paid_now(periods, END) is None
    assert plan_now(periods, START, renewing=None).name == "pro"


def test_a_late_renewal_keeps_the_plan_for_a_while():
    second = timedelta(seconds=1)
    assert plan_now([paid()], END + GRACE - second, renewing="basic").name == "basic"
    assert plan_now([paid()], END + GRACE, renewing="basic").name == "free"
    assert plan_now([paid()], END, renewing=None).name == "free"
    assert plan_now([], START, renewing="pro").name == "free", "agreed to, but never paid"


def test_a_second_upgrade_pays_the_difference_for_the_rest_of_the_month_alone():
    # Found by life 4052 of seed 1: the rest of the month had been taken for a whole one.
    now = END - timedelta(days=11)

    def due(old, new, start):
        held = PaidPeriod(plan=old, start=start, end=END)
        return change_to(find_plan(new), paid=held, renews=True, now=now).due_now.minor

    second = due("plus", "pro", now - timedelta(seconds=1))
    assert second == due("plus", "pro", START) == round(400 * 11 / 31)
    assert abs(due("basic", "plus", START) + second - due("basic", "pro", START)) <= 1
