"""What time brings about: reminders, reviews that are taken back, cases that are late."""

from datetime import datetime

from sqlmodel import Session, col, select

from clarity.cases import history, terms
from clarity.cases.docket import LIVE, OVER, get, matter_of
from clarity.cases.messages import Happening, ReviewState
from clarity.cases.service import vacate
from clarity.cases.tables import CaseRow, ReviewRow
from clarity.cases.terms import Reminder


def due_reviews(session: Session, *, now: datetime) -> list[tuple[str, Reminder]]:
    """Reviews that time has brought something about for: their identifiers, and what."""
    query = (
        select(ReviewRow)
        .join(CaseRow, col(CaseRow.id) == col(ReviewRow.case_id))
        .where(col(ReviewRow.state).in_(LIVE), col(CaseRow.state).not_in(OVER))
    )
    told = [(seat.id, _time_for(seat, now)) for seat in session.exec(query)]
    return [(name, what) for name, what in told if what is not Reminder.NOTHING]


def let_time_pass(session: Session, review_id: str, *, now: datetime) -> None:
    """Remind a reviewer, or take the seat back, where it is time for that."""
    seat = session.get(ReviewRow, review_id)
    if seat is None:
        return
    row = get(session, seat.case_id, lock=True)
    session.refresh(seat)
    what = _time_for(seat, now)
    if row.state in OVER or what is Reminder.NOTHING:
        return
    if what is Reminder.VACATE:
        vacate(session, row, seat, Happening.OVERDUE, actor="", now=now)
        return
    seat.reminded_at = now
    session.flush()
    history.write(session, row, Happening.REMINDED, review=seat, now=now)


def escalate(session: Session, *, now: datetime) -> list[str]:
    """Note cases that are late or that nobody takes, once each; gives their identifiers."""
    query = select(CaseRow).where(
        col(CaseRow.state).not_in(OVER),
        col(CaseRow.escalated_at).is_(None),
    )
    late = [row.id for row in session.exec(query) if _is_late(session, row, now)]
    noted = []
    for case_id in late:
        # Only these are locked: nobody's review waits for a look at all cases.
        row = get(session, case_id, lock=True)
        if row.escalated_at is None and row.state not in OVER and _is_late(session, row, now):
            row.escalated_at = now
            session.flush()
            history.write(session, row, Happening.ESCALATED, now=now)
            noted.append(case_id)
    return noted


def _time_for(seat: ReviewRow, now: datetime) -> Reminder:
    return terms.what_time_brings(
        ReviewState(seat.state),
        since=seat.assigned_at,
        due=seat.due_at,
        reminded=seat.reminded_at is not None,
        now=now,
    )


def _is_late(session: Session, row: CaseRow, now: datetime) -> bool:
    term = row.due_at - row.opened_at
    unmanned = now >= row.due_at - term / 2 and matter_of(session, row).vacancies > 0
    return now >= row.due_at or unmanned
