"""Pure decisions about time: who is reminded, whose seat is taken back, when a review is due."""

from datetime import datetime, timedelta
from enum import StrEnum

from clarity.cases.messages import ReviewState
from clarity.cases.rules import LIVE


class Reminder(StrEnum):
    """What time brings about for a seat."""

    NOTHING = "nothing"
    REMIND = "remind"
    VACATE = "vacate"


REMIND_AT = 0.25
"""A reviewer is reminded when less than this part of the time is left."""
GRACE = 0.25
"""Who has begun keeps the seat for so much of the time beyond its end."""
THIRD = 0.5
"""Part of the plan's time that a third or a later reviewer gets, at least."""


def what_time_brings(
    state: ReviewState, *, since: datetime, due: datetime, reminded: bool, now: datetime
) -> Reminder:
    """What is to be done about a review at this moment.

    Args:
        state: of the review.
        since: when the seat was given out.
        due: when the report is due.
        reminded: whether the reviewer was reminded.
        now: the moment.
    """
    if state not in LIVE:
        return Reminder.NOTHING
    term = due - since
    end = due + term * GRACE if state is ReviewState.BEGUN else due
    if now >= end:
        return Reminder.VACATE
    if not reminded and now >= due - term * REMIND_AT:
        return Reminder.REMIND
    return Reminder.NOTHING


def review_due(*, opened: datetime, term: timedelta, now: datetime) -> datetime:
    """When a review that is assigned now is due.

    With the case, but nobody gets less than half of the plan's time: who comes late, as a
    third reviewer does, is not to blame for it.
    """
    return max(opened + term, now + term * THIRD)
