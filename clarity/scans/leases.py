"""The worker's side of the scan queue: leases. They flush; who calls them commits.

A worker holds a row by a lease: a random token and a moment until which it counts. Every
write of a worker names its token, so a worker that was thought dead can change nothing.
"""

import secrets
from datetime import datetime
from typing import ClassVar

from sqlalchemy import and_, exists, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from clarity.errors import ClarityError
from clarity.scans.messages import Problem, ScanState, Stage
from clarity.scans.rules import EVERYBODY, Lane, QueueRules, lease_end, problem_of, spent
from clarity.scans.tables import ScanRow


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
        finish(row, ScanState.FAILED, now)
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
    finish(row, ScanState.DONE, now)
    row.panel_digest = panel_digest
    row.instant = instant
    session.flush()


def fail(session: Session, scan_id: str, lease: str, *, problem: Problem, now: datetime) -> None:
    """The media cannot be judged; raises as `heartbeat`."""
    row = _held(session, scan_id, lease)
    finish(row, ScanState.FAILED, now)
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


def finish(row: ScanRow, state: ScanState, now: datetime) -> None:
    """End a scan, in whichever way; nobody holds it any longer."""
    row.state = state
    row.stage = Stage.FINISHED
    row.fraction = 1.0
    row.finished_at = now
    row.lease = None
    row.lease_until = None


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
