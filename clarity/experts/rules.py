"""Pure decisions of expert management: who gets a review, and how experts do."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from clarity.experts.messages import Competence, Performance
from clarity.money import Money

FEE = Money(minor=150, currency="USD")
"""What a submitted report earns."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are mistaken for another."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An expert as the choice sees one.

    Attributes:
        account: of the expert.
        fields: that an administrator found good.
        available: whether the expert takes reviews now.
        load: reviews that are held now.
        capacity: reviews that may be held at once.
        last_assigned: moment of the last review that was given; None: never.
        conflicts: accounts of customers whose cases the expert must not see.
    """

    account: str
    fields: frozenset[Competence]
    available: bool = True
    load: int = 0
    capacity: int = 3
    last_assigned: datetime | None = None
    conflicts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a case asks of its reviewers.

    Attributes:
        customer: whose case it is; never reviews it.
        required: fields without which nobody is asked.
        useful: fields that are better had.
        excluded: accounts that have or had a seat.
    """

    customer: str
    required: frozenset[Competence] = frozenset()
    useful: frozenset[Competence] = frozenset()
    excluded: frozenset[str] = frozenset()


def may_take(candidate: Candidate, need: Need) -> bool:
    """Whether an expert may be asked: competent, free, and without any conflict of interest."""
    return (
        candidate.available
        and candidate.load < candidate.capacity
        and candidate.account != need.customer
        and need.customer not in candidate.conflicts
        and candidate.account not in need.excluded
        and need.required <= candidate.fields
    )


def choose(candidates: Iterable[Candidate], need: Need, count: int) -> list[Candidate]:
    """The experts to ask, best first; fewer than `count` where there are no more.

    Most useful fields first, then the least part of the capacity in use, then who has waited
    longest; the account's name last, so that the choice does not depend on any order.
    """
    able = [one for one in candidates if may_take(one, need)]

    def worth(one: Candidate) -> tuple[int, float, datetime, str]:
        fitting = len(need.useful & one.fields)
        return -fitting, one.load / one.capacity, one.last_assigned or NEVER, one.account

    return sorted(able, key=worth)[: max(count, 0)]


def new_pseudonym(random: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """A name that says nothing: “Expert” and five characters."""
    return "Expert " + "".join(random(_LETTERS) for _ in range(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One review that was ever given to an expert.

    Attributes:
        assigned_at, due_at: of the review.
        submitted_at: None unless it was.
        vacated: why the seat was lost: `declined`, `overdue`, `replaced`, or empty.
        live: whether it is held and not submitted.
        decision: what the expert said.
        other: what the other independent reviewer of a dispute said.
        settled: verdict of the case, if it is a dispute's.
        truth: what became known later, if anything did.
    """

    assigned_at: datetime
    due_at: datetime
    submitted_at: datetime | None = None
    vacated: str = ""
    live: bool = False
    decision: str | None = None
    other: str | None = None
    settled: str | None = None
    truth: str | None = None


def performance(pseudonym: str, records: Sequence[Record]) -> Performance:
    """An expert's figures, from every review that was ever given."""
    done = [one for one in records if one.submitted_at is not None]
    hours = [
        (one.submitted_at - one.assigned_at).total_seconds() / 3600
        for one in done
        if one.submitted_at is not None
    ]
    in_time = [one.submitted_at <= one.due_at for one in done if one.submitted_at is not None]
    return Performance(
        pseudonym=pseudonym,
        assigned=len(records),
        open=sum(one.live for one in records),
        submitted=len(done),
        declined=sum(one.vacated == "declined" for one in records),
        overdue=sum(one.vacated == "overdue" for one in records),
        median_hours=median(hours) if hours else None,
        in_time=_share(in_time),
        agreement_with_reviewer=_agreement([(one.decision, one.other) for one in done]),
        agreement_with_settled=_agreement([(one.decision, one.settled) for one in done]),
        agreement_with_truth=_agreement([(one.decision, one.truth) for one in done]),
    )


def _agreement(pairs: Iterable[tuple[str | None, str | None]]) -> float | None:
    return _share([own == other for own, other in pairs if other is not None])


def _share(answers: Sequence[bool]) -> float | None:
    return sum(answers) / len(answers) if answers else None
