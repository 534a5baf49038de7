"""Use cases of the scan queue. They flush; who calls them commits.

A worker holds a row by a lease: a random token and a moment until which it counts. Every
write of a worker names its token, so a worker that was thought dead can change nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, delete, exists, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from clarity.errors import ClarityError
from clarity.reports.messages import Report
from clarity.scans.messages import Place, Problem, Scan, ScanState, Stage
from clarity.scans.rules import (
    EVERYBODY,
    Lane,
    Priority,
    QueueRules,
    lease_end,
    new_scan_id,
    problem_of,
    retry_after,
    spent,
    wait_seconds,
)
from clarity.scans.tables import ScanRow

RECENT = 30
"""Scans that an estimate of the waiting rests on."""


class ScanNotFound(ClarityError):
    """No scan has this identifier."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "scan-not-found"
    hint = "Check the address: the identifier is long, and every character counts."


class KeyReused(ClarityError):
    """An Idempotency-Key came back with another request."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "idempotency-key-reused"
    hint = "Use a new Idempotency-Key for every new item; repeat a key only with the same item."


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


class LeaseLost(ClarityError):
    """The scan was given to another worker, or it is finished."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "lease-lost"
    hint = "Nothing needs to be done: another worker carries on."


class ScanCrashed(ClarityError):
    """Every worker that took the scan died over it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "scan-crashed"
    hint = "Send the item again, or a shorter or re-encoded copy of it; report it if that fails."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a client asks for.

    Attributes:
        source: file name or URL, as shown to the client.
        request_digest: of what is asked for, see `rules.request_digest`.
        url: address to fetch, unless the media are here.
        media_digest: of the media in the store, unless they must be fetched.
        panel_digest: where a report is stored already: the panel that made it.
        idempotency_key: as `rules.scoped_key` makes it.
        priority: higher is judged first.
        account_id: of the owner; a scan without one is read by whoever knows its identifier.
        panel: detectors to ask; none: all that are deployed.
        fleeting: whether scan, media and report go soon after its end.
    """

    source: str
    request_digest: str
    url: str | None = None
    media_digest: str | None = None
    panel_digest: str | None = None
    idempotency_key: str | None = None
    priority: int = Priority.FREE
    account_id: str | None = None
    panel: tuple[str, ...] = ()
    fleeting: bool = False


def accept(session: Session, order: Order, *, now: datetime, rules: QueueRules) -> ScanRow:
    """Take a scan in, or find the one that the same Idempotency-Key made before.

    Raises:
        KeyReused: the key belongs to another request.
        FreeLaneFull: too many free scans wait; instant answers are never refused.
    """
    if earlier := _by_key(session, order):
        return earlier
    if order.panel_digest is None and order.priority <= Priority.FREE:
        _need_free_place(session, rules)
    row = _new_row(order, now)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        # The same key, at the same moment, in another transaction.
        if earlier := _by_key(session, order):
            return earlier
        raise
    return row


def lease(
    session: Session, *, now: datetime, rules: QueueRules, lane: Lane = EVERYBODY
) -> ScanRow | None:
    """Give a worker the next scan of its lane: highest priority, then oldest; None: none waits.

    A scan whose lease has run out is taken again, and one that has used up its attempts
    fails here. Media that another worker is judging right now are left until it is done.
    """
    while row := _next(session, now, lane):
        if not spent(row.attempts, rules):
            row.state = ScanState.RUNNING
            row.attempts += 1
            row.lease = secrets.token_hex(16)
            row.lease_until = lease_end(now, rules)
            row.started_at = now
            session.flush()
            return row
        message = f"The scan stopped without a result {row.attempts} times and was given up."
        _finish(row, ScanState.FAILED, now)
        row.problem = problem_of(ScanCrashed(message)).model_dump_json()
        session.flush()
    return None


def has_work(session: Session, *, now: datetime, lane: Lane = EVERYBODY) -> bool:
    """Whether `lease` would find a scan; takes no lock."""
    return session.exec(_waiting(now, lane).limit(1)).first() is not None


def heartbeat(
    session: Session,
    scan_id: str,
    lease: str,
    *,
    stage: Stage,
    fraction: float,
    now: datetime,
    rules: QueueRules,
) -> None:
    """Keep the lease and say where the scan is; `fraction` of the stage is in [0, 1].

    Raises:
        LeaseLost: it is somebody else's by now.
    """
    # One statement, no read before it: the row may be taken at any moment.
    changed = session.exec(
        update(ScanRow)
        .where(
            col(ScanRow.id) == scan_id,
            col(ScanRow.lease) == lease,
            col(ScanRow.state) == ScanState.RUNNING,
        )
        .values(stage=stage.value, fraction=fraction, lease_until=lease_end(now, rules))
    )
    if changed.rowcount != 1:
        raise LeaseLost("The lease of this scan is over.")


def note_media(session: Session, scan_id: str, lease: str, media_digest: str) -> None:
    """Write down which media a fetched URL gave; raises as `heartbeat`."""
    _held(session, scan_id, lease).media_digest = media_digest
    session.flush()


def complete(
    session: Session,
    scan_id: str,
    lease: str,
    *,
    panel_digest: str,
    now: datetime,
    instant: bool = False,
) -> None:
    """The report is stored: the scan is done; raises as `heartbeat`."""
    row = _held(session, scan_id, lease)
    _finish(row, ScanState.DONE, now)
    row.panel_digest = panel_digest
    row.instant = instant
    session.flush()


def fail(session: Session, scan_id: str, lease: str, *, problem: Problem, now: datetime) -> None:
    """The media cannot be judged; raises as `heartbeat`."""
    row = _held(session, scan_id, lease)
    _finish(row, ScanState.FAILED, now)
    row.problem = problem.model_dump_json()
    session.flush()


def give_back(
    session: Session, scan_id: str, lease: str, *, until: datetime, crashed: bool
) -> None:
    """Return a scan unfinished; raises as `heartbeat`.

    Args:
        session: open transaction.
        scan_id: the scan.
        lease: the holder's token.
        until: nobody takes it before.
        crashed: whether this attempt counts; a worker that is told to stop has not crashed.
    """
    row = _held(session, scan_id, lease)
    row.attempts -= 0 if crashed else 1
    row.lease = None
    row.lease_until = until
    row.stage, row.fraction = Stage.WAITING.value, 0.0
    session.flush()


def get(session: Session, scan_id: str) -> ScanRow:
    """The scan with this identifier; raises `ScanNotFound`."""
    row = session.get(ScanRow, scan_id)
    if row is None:
        raise ScanNotFound("There is no such scan.")
    return row


def history(
    session: Session, account_id: str, *, limit: int, before: datetime | None = None
) -> Sequence[ScanRow]:
    """Scans of an account, newest first; with `before` only those accepted earlier."""
    query = select(ScanRow).where(ScanRow.account_id == account_id)
    if before is not None:
        query = query.where(col(ScanRow.created_at) < before)
    newest = query.order_by(col(ScanRow.created_at).desc(), col(ScanRow.id)).limit(limit)
    return session.exec(newest).all()


def count_since(session: Session, account_id: str, since: datetime) -> int:
    """Scans that an account handed in since a moment."""
    query = select(func.count()).where(
        col(ScanRow.account_id) == account_id, col(ScanRow.created_at) >= since
    )
    return session.exec(query).one()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Attributes:
    scans: identifiers of the scans that were deleted.
    media: digests of media that no other scan stands on.
    """

    scans: frozenset[str]
    media: frozenset[str]


def erase(session: Session, account_id: str) -> Forgotten:
    """Delete every scan of an account."""
    return _forget(session, col(ScanRow.account_id) == account_id)


def erase_fleeting(session: Session, *, before: datetime) -> Forgotten:
    """Delete scans that were not to be kept and had ended by then."""
    return _forget(session, and_(col(ScanRow.fleeting), col(ScanRow.finished_at) < before))


def has_fleeting(session: Session, *, before: datetime) -> bool:
    """Whether `erase_fleeting` would find a scan; takes no lock."""
    over = and_(col(ScanRow.fleeting), col(ScanRow.finished_at) < before)
    return session.exec(select(ScanRow.id).where(over).limit(1)).first() is not None


def _forget(session: Session, which: ColumnElement[bool]) -> Forgotten:
    found = session.exec(select(ScanRow.id, ScanRow.media_digest).where(which)).all()
    session.exec(delete(ScanRow).where(which))
    return Forgotten(
        scans=frozenset(name for name, _ in found),
        media=frozenset(m for _, m in found if m and not is_wanted(session, m)),
    )


def is_wanted(session: Session, media_digest: str) -> bool:
    """Whether any scan that did not fail still stands on these media."""
    query = select(ScanRow.id).where(
        ScanRow.media_digest == media_digest, ScanRow.state != ScanState.FAILED
    )
    return session.exec(query.limit(1)).first() is not None


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


def describe(row: ScanRow, report: Report | None, place: Place | None = None) -> Scan:
    """The scan as clients see it."""
    return Scan(
        id=row.id,
        state=ScanState(row.state),
        stage=Stage(row.stage),
        fraction=row.fraction,
        source=row.source,
        created_at=row.created_at,
        instant=row.instant,
        waiting=place,
        report=report,
        problem=Problem.model_validate_json(row.problem) if row.problem else None,
    )


def _new_row(order: Order, now: datetime) -> ScanRow:
    row = ScanRow(
        id=new_scan_id(),
        created_at=now,
        source=order.source,
        url=order.url,
        media_digest=order.media_digest,
        idempotency_key=order.idempotency_key,
        request_digest=order.request_digest,
        priority=int(order.priority),
        account_id=order.account_id,
        panel=",".join(order.panel),
        fleeting=order.fleeting,
        state=ScanState.QUEUED,
        stage=Stage.WAITING,
    )
    if order.panel_digest is not None:
        _finish(row, ScanState.DONE, now)
        row.panel_digest = order.panel_digest
        row.instant = True
    return row


def _by_key(session: Session, order: Order) -> ScanRow | None:
    if order.idempotency_key is None:
        return None
    query = select(ScanRow).where(ScanRow.idempotency_key == order.idempotency_key)
    row = session.exec(query).first()
    if row is not None and row.request_digest != order.request_digest:
        raise KeyReused("This Idempotency-Key was used for another item.")
    return row


def _need_free_place(session: Session, rules: QueueRules) -> None:
    waiting = count_waiting(session, at_most=Priority.FREE)
    if waiting >= rules.free_waiting:
        raise FreeLaneFull(waiting)


def _next(session: Session, now: datetime, lane: Lane) -> ScanRow | None:
    query = (
        _waiting(now, lane)
        .order_by(col(ScanRow.priority).desc(), col(ScanRow.created_at), col(ScanRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.exec(query).first()


def _waiting(now: datetime, lane: Lane) -> SelectOfScalar[ScanRow]:
    """Scans that a worker may take at this moment."""
    other = aliased(ScanRow)
    # Two workers may still start on the same media at one moment where the database allows
    # it; then the reports' unique constraint keeps one result.
    being_judged = exists().where(
        col(other.media_digest) == col(ScanRow.media_digest),
        col(other.id) != col(ScanRow.id),
        col(other.state) == ScanState.RUNNING,
        col(other.lease_until) > now,
        col(other.lease).is_not(None),
    )
    free = or_(
        col(ScanRow.state) == ScanState.QUEUED,
        and_(col(ScanRow.state) == ScanState.RUNNING, col(ScanRow.lease_until) <= now),
    )
    query = select(ScanRow).where(free, col(ScanRow.priority) >= lane.least, ~being_judged)
    return query if lane.most is None else query.where(col(ScanRow.priority) <= lane.most)


def _held(session: Session, scan_id: str, lease: str) -> ScanRow:
    query = select(ScanRow).where(
        ScanRow.id == scan_id, ScanRow.lease == lease, ScanRow.state == ScanState.RUNNING
    )
    row = session.exec(query.with_for_update()).first()
    if row is None:
        raise LeaseLost("The lease of this scan is over.")
    return row


def _finish(row: ScanRow, state: ScanState, now: datetime) -> None:
    row.state = state
    row.stage = Stage.FINISHED
    row.fraction = 1.0
    row.finished_at = now
    row.lease = None
    row.lease_until = None
