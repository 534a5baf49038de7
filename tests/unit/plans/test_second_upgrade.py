"""Two upgrades in one month: each is charged for the same rest of the same month."""

from datetime import UTC, datetime, timedelta

from clarity.plans.messages import PaidPeriod
from clarity.plans.rules import change_to
from clarity.plans.table import find_plan

BEGAN = datetime(2026, 1, 15, tzinfo=UTC)
ENDS = datetime(2026, 2, 15, tzinfo=UTC)
NOW = datetime(2026, 2, 4, tzinfo=UTC)


def due(old, new, *, start):
    paid = PaidPeriod(plan=old, start=start, end=ENDS)
    return change_to(find_plan(new), paid=paid, renews=True, now=NOW).due_now.minor


def test_a_second_upgrade_pays_the_difference_for_the_rest_of_the_month_alone():
    # Found by life 4052 of seed 1: the rest of the month had been taken for a whole one.
    second = due("plus", "pro", start=NOW - timedelta(seconds=1))
    assert second == due("plus", "pro", start=BEGAN) == round(400 * 11 / 31)
    at_once = due("basic", "pro", start=BEGAN)
    assert abs(due("basic", "plus", start=BEGAN) + second - at_once) <= 1
