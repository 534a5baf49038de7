"""Find cases and reviews, and lock them. Nothing here changes one."""

from collections.abc import Sequence
from typing import ClassVar

from sqlmodel import Session, col, func, select

from clarity.cases import rules
from clarity.cases.messages import CaseState, ReviewState
from clarity.cases.rules import Matter, NotYourReview, Seat
from clarity.cases.tables import CaseRow, ReviewRow
from clarity.errors import ClarityError
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind

LIVE = tuple(state.value for state in rules.LIVE)
HELD = tuple(state.value for state in rules.HELD)
OVER = tuple(state.value for state in rules.OVER)


class CaseNotFound(ClarityError):
    """There is no such case of this account."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "case-not-found"
    hint = "GET /v1/cases lists your cases."


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


def askers(session: Session) -> dict[str, set[str]]:
    """Digest of an item -> accounts that have, or had, a case about it."""
    found: dict[str, set[str]] = {}
    for media, customer in session.exec(select(CaseRow.media_digest, CaseRow.customer_id)):
        found.setdefault(media, set()).add(customer)
    return found


def loads(session: Session) -> dict[str, int]:
    """Account of an expert -> reviews that are held and not submitted."""
    query = (
        select(ReviewRow.expert_id, func.count())
        .where(col(ReviewRow.state).in_(LIVE))
        .group_by(col(ReviewRow.expert_id))
    )
    return dict(session.exec(query).all())


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
