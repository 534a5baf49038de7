"""Pure decisions about cases: the states, who reviews, what settles, who may see what when.

A request has one reviewer. A dispute has two, who write without seeing each other's report;
where they differ a third, who sees neither, decides. Nothing here reads a clock or a database.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from clarity.cases.messages import CaseState, ReviewState
from clarity.errors import ClarityError
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind


class IllegalStep(ClarityError):
    """This cannot be done in the state that the case is in."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "illegal-step"
    hint = "Read the case again: it has gone on since, by somebody else or by itself."


class NotYourReview(ClarityError):
    """The review is not, or not any more, the expert's."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "review-not-found"
    hint = "GET /v1/reviews lists your reviews. One that was given back or ran out is closed."


class Step(StrEnum):
    """What may happen to a case."""

    ASSIGN = "assign"
    BEGIN = "begin"
    SUBMIT = "submit"
    VACATE = "vacate"
    """A reviewer goes, and another is left."""
    EMPTY = "empty"
    """The last reviewer goes."""
    DIFFER = "differ"
    SETTLE = "settle"
    WITHDRAW = "withdraw"


_S = CaseState
TRANSITIONS: Mapping[tuple[CaseState, Step], CaseState] = MappingProxyType(
    {
        (_S.OPEN, Step.ASSIGN): _S.ASSIGNED,
        (_S.OPEN, Step.WITHDRAW): _S.WITHDRAWN,
        (_S.ASSIGNED, Step.ASSIGN): _S.ASSIGNED,
        (_S.ASSIGNED, Step.BEGIN): _S.IN_REVIEW,
        (_S.ASSIGNED, Step.VACATE): _S.ASSIGNED,
        (_S.ASSIGNED, Step.EMPTY): _S.OPEN,
        (_S.ASSIGNED, Step.WITHDRAW): _S.WITHDRAWN,
        (_S.IN_REVIEW, Step.ASSIGN): _S.IN_REVIEW,
        (_S.IN_REVIEW, Step.BEGIN): _S.IN_REVIEW,
        (_S.IN_REVIEW, Step.SUBMIT): _S.IN_REVIEW,
        (_S.IN_REVIEW, Step.VACATE): _S.IN_REVIEW,
        (_S.IN_REVIEW, Step.EMPTY): _S.OPEN,
        (_S.IN_REVIEW, Step.DIFFER): _S.SECOND_REVIEW,
        (_S.IN_REVIEW, Step.SETTLE): _S.SETTLED,
        (_S.IN_REVIEW, Step.WITHDRAW): _S.WITHDRAWN,
        (_S.SECOND_REVIEW, Step.ASSIGN): _S.SECOND_REVIEW,
        (_S.SECOND_REVIEW, Step.BEGIN): _S.SECOND_REVIEW,
        (_S.SECOND_REVIEW, Step.VACATE): _S.SECOND_REVIEW,
        (_S.SECOND_REVIEW, Step.SETTLE): _S.SETTLED,
        (_S.SECOND_REVIEW, Step.WITHDRAW): _S.WITHDRAWN,
    }
)
"""Every step there is. What is not in this table cannot happen."""

OVER = frozenset({_S.SETTLED, _S.WITHDRAWN})
REVIEWERS = MappingProxyType({CaseKind.REQUEST: 1, CaseKind.DISPUTE: 2})
LIVE = frozenset({ReviewState.ASSIGNED, ReviewState.BEGUN})
"""Reviews that are held and not submitted."""
HELD = LIVE | {ReviewState.SUBMITTED}


@dataclass(frozen=True, slots=True)
class Seat:
    """A reviewer's place in a case.

    Attributes:
        expert: account of the expert.
        state: of the review.
        decision: once it is submitted.
    """

    expert: str
    state: ReviewState = ReviewState.ASSIGNED
    decision: Finding | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """A case as far as the rules look at it.

    Attributes:
        customer: account whose case it is.
        seats: in the order in which they were given out; vacated ones stay.
        settled: the outcome, once there is one.
    """

    kind: CaseKind
    customer: str
    state: CaseState = CaseState.OPEN
    seats: tuple[Seat, ...] = ()
    settled: Finding | None = None

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def vacancies(self) -> int:
        """Reviewers that are still to be found."""
        if self.is_over:
            return 0
        third = 1 if self.state is CaseState.SECOND_REVIEW else 0
        return REVIEWERS[self.kind] + third - sum(seat.state in HELD for seat in self.seats)


def after(state: CaseState, step: Step) -> CaseState:
    """The state that follows; raises `IllegalStep` for a step that is not in the table."""
    if (state, step) not in TRANSITIONS:
        raise IllegalStep(f"A case that is {state.value} cannot {step.value}.")
    return TRANSITIONS[state, step]


def may_review(matter: Matter, expert: str) -> bool:
    """Whether an expert may get a seat: not the customer, and none who has or had one."""
    return expert != matter.customer and all(seat.expert != expert for seat in matter.seats)


def assign(matter: Matter, expert: str) -> Matter:
    """Give an expert a vacant seat.

    Raises:
        IllegalStep: no seat is vacant, or it is not for this expert.
    """
    state = after(matter.state, Step.ASSIGN)
    if matter.vacancies < 1:
        raise IllegalStep("This case has all its reviewers.")
    if not may_review(matter, expert):
        raise IllegalStep("This expert has a part in the case already, or it is their own.")
    return replace(matter, state=state, seats=(*matter.seats, Seat(expert)))


def begin(matter: Matter, expert: str) -> Matter:
    """Open a review; opening it again changes nothing.

    Raises:
        NotYourReview, IllegalStep: see `submit`.
    """
    seat = _live(matter, expert)
    if seat.state is ReviewState.BEGUN:
        return matter
    state = after(matter.state, Step.BEGIN)
    return _with(replace(matter, state=state), replace(seat, state=ReviewState.BEGUN))


def submit(matter: Matter, expert: str, decision: Finding) -> Matter:
    """Hand a report in. The last one that is needed settles the case, or calls for a third.

    Raises:
        NotYourReview: the expert has no live seat.
        IllegalStep: it is submitted already, or the case is over.
    """
    begun = begin(matter, expert)
    seat = replace(_live(begun, expert), state=ReviewState.SUBMITTED, decision=decision)
    done = _with(begun, seat)
    decisions = [one.decision for one in done.seats if one.decision is not None]
    if begun.state is CaseState.SECOND_REVIEW:
        return _settled(done, majority(decisions))
    if len(decisions) < REVIEWERS[done.kind]:
        return replace(done, state=after(done.state, Step.SUBMIT))
    if len(set(decisions)) > 1:
        return replace(done, state=after(done.state, Step.DIFFER))
    return _settled(done, decisions[0])


def vacate(matter: Matter, expert: str) -> Matter:
    """Take a seat back, because the expert declines or has let the time run out.

    Raises:
        NotYourReview, IllegalStep: see `submit`; what is submitted stays.
    """
    seat = _live(matter, expert)
    gone = _with(matter, replace(seat, state=ReviewState.VACATED))
    others = any(one.state in HELD for one in gone.seats)
    return replace(gone, state=after(matter.state, Step.VACATE if others else Step.EMPTY))


def withdraw(matter: Matter) -> Matter:
    """End the case without an outcome; raises `IllegalStep` once it is over."""
    return replace(matter, state=after(matter.state, Step.WITHDRAW))


def majority(decisions: Iterable[Finding]) -> Finding:
    """What more than half say; where nothing has more than half, it is undecided."""
    known = list(decisions)
    (first, votes), *_ = Counter(known).most_common() or [(Finding.UNDECIDED, 0)]
    return first if votes * 2 > len(known) else Finding.UNDECIDED


def may_read_draft(reader: str, writer: str) -> bool:
    """Drafts and versions are the writer's alone, for ever."""
    return reader == writer


def may_read_report(matter: Matter, reader: str, writer: str) -> bool:
    """Whether a reviewer may read another's submitted report.

    Only when the case is settled, and only who has submitted one too: so neither the second
    nor the third reviewer can be swayed by what the others wrote.
    """
    if reader == writer:
        return True
    states = {seat.expert: seat.state for seat in matter.seats}
    both = states.get(reader) is states.get(writer) is ReviewState.SUBMITTED
    return both and matter.state is CaseState.SETTLED


def may_open_media(matter: Matter, expert: str) -> bool:
    """Whether an expert may see and download the item: with a seat, while the case lasts."""
    held = any(seat.expert == expert and seat.state in HELD for seat in matter.seats)
    return held and not matter.is_over


def counts_as_used(matter: Matter, *, automatic: str) -> bool:
    """Whether a case uses up one of the customer's expert reports.

    Not, when it was withdrawn before anybody began, nor when a dispute proved Clarity wrong.

    Args:
        matter: the case.
        automatic: label of the automatic report.
    """
    if matter.state is CaseState.WITHDRAWN:
        return any(
            seat.state in (ReviewState.BEGUN, ReviewState.SUBMITTED) for seat in matter.seats
        )
    disputed = matter.kind is CaseKind.DISPUTE and matter.state is CaseState.SETTLED
    return not (disputed and contradicts(matter.settled, automatic))


def contradicts(settled: Finding | None, automatic: str) -> bool:
    """Whether experts found real what Clarity called fake, or fake what it called real."""
    return {str(settled), automatic} == {Finding.REAL.value, Finding.FAKE.value}


def _settled(matter: Matter, decision: Finding) -> Matter:
    return replace(matter, state=after(matter.state, Step.SETTLE), settled=decision)


def _live(matter: Matter, expert: str) -> Seat:
    found = [seat for seat in matter.seats if seat.expert == expert]
    if not found or found[-1].state is ReviewState.VACATED:
        raise NotYourReview("You have no such review.")
    if found[-1].state is ReviewState.SUBMITTED:
        raise IllegalStep("Your report on this case has been submitted.")
    if matter.is_over:
        raise IllegalStep(f"This case is {matter.state.value}.")
    return found[-1]


def _with(matter: Matter, seat: Seat) -> Matter:
    seats = tuple(seat if one.expert == seat.expert else one for one in matter.seats)
    return replace(matter, seats=seats)
