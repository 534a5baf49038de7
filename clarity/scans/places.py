"""Places in the scan queue: how many wait, where a scan stands, how long that will take."""

from typing import ClassVar

from sqlalchemy import and_, or_
from sqlmodel import Session, col, func, select

from clarity.errors import ClarityError
from clarity.scans.messages import Place, ScanState
from clarity.scans.rules import Priority, QueueRules, retry_after, wait_seconds
from clarity.scans.tables import ScanRow

RECENT = 30
"""Scans that an estimate of the waiting rests on."""


class FreeLaneFull(ClarityError):
    """Too many free scans wait already.

    Attributes:
        retry_after: seconds after which to try again.
    """

    status: ClassVar[int] = 429
    code: ClassVar[str] = "free-lane-full"
    hint = "Try again after the time in Retry-After; customers' scans are taken at any time."

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} free scans are waiting; no more can be taken just now.")
        self.retry_after = retry_after(waiting)


def need_free_place(session: Session, rules: QueueRules) -> None:
    """Raise `FreeLaneFull` where too many free scans wait already."""
    waiting = count_waiting(session, at_most=Priority.FREE)
    if waiting >= rules.free_waiting:
        raise FreeLaneFull(waiting)


def count_waiting(session: Session, *, at_most: Priority = Priority.CUSTOMER) -> int:
    """Scans of this priority or below that no worker has taken."""
    query = select(func.count()).where(
        col(ScanRow.state) == ScanState.QUEUED, col(ScanRow.priority) <= at_most
    )
    return session.exec(query).one()


def place(session: Session, row: ScanRow) -> Place | None:
    """Where a scan stands in the queue; None once a worker has taken it."""
    if row.state != ScanState.QUEUED:
        return None
    sooner = or_(
        col(ScanRow.priority) > row.priority,
        and_(
            col(ScanRow.priority) == row.priority,
            or_(
                col(ScanRow.created_at) < row.created_at,
                and_(col(ScanRow.created_at) == row.created_at, col(ScanRow.id) < row.id),
            ),
        ),
    )
    unfinished = col(ScanRow.state).in_((ScanState.QUEUED, ScanState.RUNNING))
    ahead = session.exec(select(func.count()).where(unfinished, sooner)).one()
    return Place(ahead=ahead, seconds=wait_seconds(ahead, _recent_seconds(session, row.priority)))


def _recent_seconds(session: Session, priority: int) -> list[float]:
    """Of work on scans of this priority that were done lately."""
    query = (
        select(ScanRow.started_at, ScanRow.finished_at)
        .where(col(ScanRow.state) == ScanState.DONE, col(ScanRow.priority) == priority)
        .order_by(col(ScanRow.created_at).desc())
        .limit(RECENT)
    )
    # Instant answers were never worked on.
    return [
        (finished - started).total_seconds()
        for started, finished in session.exec(query)
        if started and finished
    ]
