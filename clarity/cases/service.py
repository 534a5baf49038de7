"""Use cases of requests and disputes. They flush; who calls them commits.

Every step locks the case's row first, so that two reviewers who submit at one moment come one
after the other, and the second one settles.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, func, select

from clarity.cases import history, rules, verdicts, writing
from clarity.cases.messages import (
    Case,
    CaseState,
    Happening,
    ManagedCase,
    Review,
    Reviewer,
    ReviewState,
)
from clarity.cases.rules import Matter, NotYourReview, Seat
from clarity.cases.tables import CaseRow, ReviewRow, VersionRow
from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.evidence.keys import SigningKey
from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.reports.expertise import Finding, Technique
from clarity.reports.messages import ModelOpinion
from clarity.reports.settled import CaseKind

LIVE = tuple(state.value for state in rules.LIVE)
HELD = tuple(state.value for state in rules.HELD)
OVER = tuple(state.value for state in rules.OVER)


class CaseNotFound(ClarityError):
    """There is no such case of this account."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "case-not-found"
    hint = "GET /v1/cases lists your cases."


class CaseOpenAlready(ClarityError):
    """The customer has a live case about this item."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "case-open-already"
    hint = "Follow that case, or withdraw it first; GET /v1/cases lists it."


class ItemSettled(ClarityError):
    """Independent experts have settled a dispute about this item."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "item-settled"
    hint = "Read what they found at /v1/scans/{scan_id}/verdict."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Attributes:
    customer: account whose case it is.
    kind: request or dispute.
    scan_id, source: the scan that it is about, and its name.
    media, media_kind, panel, automatic: of its report.
    reason: the customer's words.
    suspects: what the customer thinks was done; chooses the experts.
    paid_by: `plan` or the extra that pays for it.
    term: within which the plan promises an answer.
    """

    customer: str
    kind: CaseKind
    scan_id: str
    source: str
    media: str
    media_kind: MediaKind
    panel: str
    automatic: Label
    reason: str
    suspects: Technique | None = None
    paid_by: str
    term: timedelta


def open_case(session: Session, opening: Opening, *, now: datetime) -> CaseRow:
    """Open a case.

    Raises:
        CaseOpenAlready: the customer has a live one about this item.
        ItemSettled: a dispute about this item has been settled.
    """
    settled = verdicts.latest(session, opening.media)
    if settled is not None and settled.kind == CaseKind.DISPUTE:
        raise ItemSettled(f"Independent experts have settled this item: {settled.decision}.")
    row = CaseRow(
        id=secrets.token_hex(12),
        customer_id=opening.customer,
        live_key=_live_key(opening.customer, opening.media),
        scan_id=opening.scan_id,
        kind=opening.kind.value,
        state=CaseState.OPEN.value,
        reason=opening.reason,
        suspects=opening.suspects.value if opening.suspects else None,
        paid_by=opening.paid_by,
        source=opening.source,
        media_digest=opening.media,
        media_kind=opening.media_kind.value,
        panel_digest=opening.panel,
        automatic=opening.automatic.value,
        opened_at=now,
        due_at=now + opening.term,
    )
    if not try_add(session, row):
        raise CaseOpenAlready("You have a live case about this item.")
    history.write(session, row, Happening.OPENED, actor=opening.customer, now=now)
    return row


def get(session: Session, case_id: str, *, lock: bool = False) -> CaseRow:
    """The case; raises `CaseNotFound`."""
    query = select(CaseRow).where(CaseRow.id == case_id)
    if lock:
        # as it is behind the lock, whatever this session has read before
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).first()
    if row is None:
        raise CaseNotFound("There is no such case.")
    return row


def own(session: Session, case_id: str, customer: str, *, lock: bool = False) -> CaseRow:
    """The case, if it is this customer's; of others' not even their existence is told.

    Raises:
        CaseNotFound: it is not.
    """
    row = get(session, case_id, lock=lock)
    if row.customer_id != customer:
        raise CaseNotFound("There is no such case.")
    return row


def cases_of(
    session: Session, customer: str, *, limit: int = 200, scan_id: str = ""
) -> Sequence[CaseRow]:
    """A customer's cases, newest first."""
    query = select(CaseRow).where(CaseRow.customer_id == customer)
    if scan_id:
        query = query.where(CaseRow.scan_id == scan_id)
    newest = query.order_by(col(CaseRow.opened_at).desc(), col(CaseRow.id)).limit(limit)
    return session.exec(newest).all()


def all_cases(
    session: Session, *, state: CaseState | None = None, limit: int = 200
) -> Sequence[CaseRow]:
    """Everybody's cases, those that are due first."""
    query = select(CaseRow).order_by(col(CaseRow.due_at), col(CaseRow.id)).limit(limit)
    if state is not None:
        query = query.where(CaseRow.state == state.value)
    return session.exec(query).all()


def with_vacancies(session: Session) -> list[str]:
    """Identifiers of live cases that lack reviewers, the oldest first."""
    query = select(CaseRow).where(col(CaseRow.state).not_in(OVER)).order_by(col(CaseRow.opened_at))
    return [row.id for row in session.exec(query).all() if matter_of(session, row).vacancies]


def matter_of(session: Session, row: CaseRow) -> Matter:
    """The case as the rules look at it."""
    return Matter(
        kind=CaseKind(row.kind),
        customer=row.customer_id,
        state=CaseState(row.state),
        seats=tuple(
            Seat(
                expert=seat.expert_id,
                state=ReviewState(seat.state),
                decision=Finding(seat.decision) if seat.decision else None,
            )
            for seat in reviews_of(session, row.id)
        ),
        settled=Finding(row.settled) if row.settled else None,
    )


def reviews_of(session: Session, case_id: str) -> Sequence[ReviewRow]:
    """Every seat that was ever given out, in order."""
    query = select(ReviewRow).where(ReviewRow.case_id == case_id)
    return session.exec(query.order_by(col(ReviewRow.number))).all()


def loads(session: Session) -> dict[str, int]:
    """Account of an expert -> reviews that are held and not submitted."""
    query = (
        select(ReviewRow.expert_id, func.count())
        .where(col(ReviewRow.state).in_(LIVE))
        .group_by(col(ReviewRow.expert_id))
    )
    return dict(session.exec(query).all())


def assign(
    session: Session, row: CaseRow, expert: str, pseudonym: str, *, actor: str = "", now: datetime
) -> ReviewRow:
    """Give an expert a vacant seat of a locked case; raises `IllegalStep`."""
    matter = rules.assign(matter_of(session, row), expert)
    row.state = matter.state.value
    term = row.due_at - row.opened_at
    seat = ReviewRow(
        id=secrets.token_hex(12),
        case_id=row.id,
        number=len(matter.seats),
        expert_id=expert,
        pseudonym=pseudonym,
        state=ReviewState.ASSIGNED.value,
        assigned_at=now,
        due_at=rules.review_due(opened=row.opened_at, term=term, now=now),
    )
    session.add(seat)
    session.flush()
    history.write(session, row, Happening.ASSIGNED, actor=actor, review=seat, now=now)
    return seat


def review(
    session: Session, review_id: str, expert: str, *, lock: bool = False
) -> tuple[CaseRow, ReviewRow]:
    """A case and the expert's own seat in it; with `lock`, to change them.

    Raises:
        NotYourReview: there is none.
    """
    seat = session.get(ReviewRow, review_id)
    if seat is None or seat.expert_id != expert:
        raise NotYourReview("You have no such review.")
    row = get(session, seat.case_id, lock=lock)
    if lock:
        session.refresh(seat)  # as it is behind the lock
    return row, seat


def reviews_for(session: Session, expert: str) -> list[tuple[CaseRow, ReviewRow]]:
    """An expert's reviews that were not given back: open ones first, by due moment."""
    query = (
        select(CaseRow, ReviewRow)
        .join(ReviewRow, col(ReviewRow.case_id) == col(CaseRow.id))
        .where(ReviewRow.expert_id == expert, col(ReviewRow.state).in_(HELD))
        .order_by(col(ReviewRow.due_at), col(ReviewRow.id))
        .limit(500)
    )
    found = [(row, seat) for row, seat in session.exec(query)]
    return sorted(found, key=lambda pair: (pair[1].submitted_at is not None, pair[1].due_at))


def begin(session: Session, review_id: str, expert: str, *, now: datetime) -> None:
    """Open a review; again changes nothing.

    Raises:
        NotYourReview, IllegalStep: see `clarity.cases.rules.begin`.
    """
    row, seat = review(session, review_id, expert, lock=True)
    _begin(session, row, seat, now=now)


def submit(
    session: Session,
    review_id: str,
    expert: str,
    *,
    version: int,
    opinions: Sequence[ModelOpinion],
    key: SigningKey,
    now: datetime,
) -> CaseRow:
    """Hand a report in, in the version that the expert saw; the last one settles the case.

    Args:
        session: open transaction.
        review_id: the seat.
        expert: whose it is.
        version: number of the newest version, as the expert knows it.
        opinions: of the automatic report; live accuracy is counted from them.
        key: signs the verdict.
        now: the moment.

    Raises:
        NotYourReview, IllegalStep: there is nothing to submit.
        SavedMeanwhile: another window has saved a newer version.
        IncompleteReport: something is missing.
    """
    row, seat = review(session, review_id, expert, lock=True)
    form = writing.newest_for_submission(session, seat, version)
    assert form.decision is not None
    before = matter_of(session, row)
    matter = rules.submit(before, expert, form.decision)
    if before.state is CaseState.ASSIGNED or seat.begun_at is None:
        _begin(session, row, seat, now=now)
    seat.state, seat.submitted_at = ReviewState.SUBMITTED.value, now
    seat.decision, seat.submitted_version = form.decision.value, version
    session.flush()
    seat.report_digest = writing.report_digest(session, row, seat)
    history.write(session, row, Happening.SUBMITTED, actor=expert, review=seat, now=now)
    row.state = matter.state.value
    session.flush()
    if matter.state is CaseState.SECOND_REVIEW and before.state is not CaseState.SECOND_REVIEW:
        history.write(session, row, Happening.DIFFERED, now=now)
    if matter.settled is not None:
        row.settled = matter.settled.value
        _end(row, now)
        seats = reviews_of(session, row.id)
        verdicts.settle(session, row, seats, opinions=opinions, key=key, now=now)
        history.write(session, row, Happening.SETTLED, now=now)
    return row


def vacate(
    session: Session, row: CaseRow, seat: ReviewRow, why: Happening, *, actor: str, now: datetime
) -> None:
    """Take a seat of a locked case back.

    Args:
        session: open transaction.
        row, seat: which.
        why: `DECLINED`, `OVERDUE` or `REPLACED`.
        actor: who did it; empty for the service.
        now: the moment.

    Raises:
        NotYourReview, IllegalStep: see `clarity.cases.rules.vacate`.
    """
    matter = rules.vacate(matter_of(session, row), seat.expert_id)
    row.state = matter.state.value
    seat.state, seat.vacated = ReviewState.VACATED.value, why.value
    session.flush()
    history.write(session, row, why, actor=actor, review=seat, now=now)


def withdraw(session: Session, case_id: str, customer: str, *, now: datetime) -> CaseRow:
    """End a customer's case without an outcome.

    Raises:
        CaseNotFound: it is not this customer's.
        IllegalStep: it is over.
    """
    row = own(session, case_id, customer, lock=True)
    row.state = rules.withdraw(matter_of(session, row)).state.value
    _end(row, now)
    session.flush()
    history.write(session, row, Happening.WITHDRAWN, actor=customer, now=now)
    return row


def describe(session: Session, row: CaseRow) -> Case:
    """A case as its customer sees it."""
    seats = [seat for seat in reviews_of(session, row.id) if seat.state in HELD]
    return Case(
        id=row.id,
        kind=CaseKind(row.kind),
        state=CaseState(row.state),
        scan_id=row.scan_id,
        source=row.source,
        automatic=Label(row.automatic),
        reason=row.reason,
        opened_at=row.opened_at,
        # a third reviewer, or a later one, is due later than what had been promised
        due_at=max([row.due_at, *(seat.due_at for seat in seats)]),
        decision=Finding(row.settled) if row.settled else None,
        reviewers=[
            Reviewer(expert=seat.pseudonym, state=ReviewState(seat.state), due_at=seat.due_at)
            for seat in seats
        ],
        history=history.lines(session, row.id, inner=False),
    )


def describe_managed(session: Session, row: CaseRow) -> ManagedCase:
    """A case as administrators see it."""
    told = describe(session, row).model_dump()
    seats = reviews_of(session, row.id)
    return ManagedCase(
        **(told | {"history": history.lines(session, row.id, inner=True)}),
        customer=row.customer_id,
        media=row.media_digest,
        vacancies=matter_of(session, row).vacancies,
        escalated_at=row.escalated_at,
        experts={seat.pseudonym: seat.expert_id for seat in seats},
    )


def describe_review(session: Session, row: CaseRow, seat: ReviewRow) -> Review:
    """A case as one of its reviewers sees it."""
    query = select(func.max(VersionRow.number)).where(VersionRow.review_id == seat.id)
    return Review(
        id=seat.id,
        case=row.id,
        kind=CaseKind(row.kind),
        case_state=CaseState(row.state),
        state=ReviewState(seat.state),
        number=seat.number,
        assigned_at=seat.assigned_at,
        due_at=seat.due_at,
        submitted_at=seat.submitted_at,
        source=row.source,
        media=row.media_digest,
        media_kind=MediaKind(row.media_kind),
        automatic=Label(row.automatic),
        reason=row.reason,
        decision=Finding(seat.decision) if seat.decision else None,
        settled=Finding(row.settled) if row.settled else None,
        version=session.exec(query).one() or 0,
    )


def _begin(session: Session, row: CaseRow, seat: ReviewRow, *, now: datetime) -> None:
    before = matter_of(session, row)
    matter = rules.begin(before, seat.expert_id)
    if matter == before:
        return
    row.state = matter.state.value
    seat.state, seat.begun_at = ReviewState.BEGUN.value, now
    session.flush()
    history.write(session, row, Happening.BEGUN, actor=seat.expert_id, review=seat, now=now)


def _end(row: CaseRow, now: datetime) -> None:
    row.live_key, row.over_at = None, now


def _live_key(customer: str, media: str) -> str:
    return hashlib.sha256(f"{customer}\x00{media}".encode()).hexdigest()
