"""What happened to a case: written in the transaction of the step, told to others afterwards."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from clarity import spreadsheet
from clarity.cases.messages import Case, CaseState, Happening, HistoryLine
from clarity.cases.tables import CaseRow, HappeningRow, ReviewRow

COLUMNS = ("at", "case", "kind", "item", "what", "state", "expert", "decision")
INNER = frozenset({Happening.REMINDED, Happening.ESCALATED})
"""Between the service, its experts and its administrators."""


def write(
    session: Session,
    row: CaseRow,
    what: Happening,
    *,
    actor: str = "",
    review: ReviewRow | None = None,
    now: datetime,
) -> None:
    """Add a line to a locked case's history.

    Args:
        session: open transaction.
        row: the case, in the state that it is in from now on.
        what: happened.
        actor: account that did it; empty: the service.
        review: the seat that it is about.
        now: the moment.
    """
    query = select(func.max(HappeningRow.number)).where(HappeningRow.case_id == row.id)
    line = HappeningRow(
        case_id=row.id,
        number=(session.exec(query).one() or 0) + 1,
        at=now,
        what=what.value,
        state=row.state,
        actor_id=actor,
        review_id=review.id if review else None,
        who=review.pseudonym if review else "",
    )
    session.add(line)
    session.flush()


def lines(session: Session, case_id: str, *, inner: bool) -> list[HistoryLine]:
    """A case's history, oldest first; with `inner` also what concerns no customer."""
    query = select(HappeningRow).where(HappeningRow.case_id == case_id)
    rows = session.exec(query.order_by(col(HappeningRow.number)))
    told = [
        HistoryLine(at=row.at, what=Happening(row.what), state=CaseState(row.state), who=row.who)
        for row in rows
    ]
    return [line for line in told if inner or line.what not in INNER]


def untold(session: Session, *, limit: int = 100) -> Sequence[int]:
    """Numbers of lines that others have not been told of, oldest first."""
    query = (
        select(HappeningRow.id)
        .where(col(HappeningRow.told_at).is_(None))
        .order_by(col(HappeningRow.id))
        .limit(limit)
    )
    return [number for number in session.exec(query) if number is not None]


def take(session: Session, number: int) -> HappeningRow | None:
    """A line that is still untold, held until the transaction ends; None when somebody else
    tells it or has told it."""
    query = select(HappeningRow).where(
        HappeningRow.id == number, col(HappeningRow.told_at).is_(None)
    )
    return session.exec(query.with_for_update(skip_locked=True)).first()


def note_told(session: Session, row: HappeningRow, *, now: datetime) -> None:
    row.told_at = now
    session.flush()


def as_csv(cases: Iterable[Case]) -> str:
    """Every step of these cases as CSV."""
    return spreadsheet.as_csv(
        COLUMNS, (_cells(case, line) for case in cases for line in case.history)
    )


def _cells(case: Case, line: HistoryLine) -> tuple[str, ...]:
    settled = line.what is Happening.SETTLED
    return (
        line.at.isoformat(),
        case.id,
        case.kind.value,
        case.source,
        line.what.value,
        line.state.value,
        line.who,
        case.decision.value if settled and case.decision else "",
    )
