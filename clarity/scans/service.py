"""The client's side of the scan queue. Use cases flush; who calls them commits.

Workers hold scans by leases, `clarity.scans.leases`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from clarity.errors import ClarityError
from clarity.reports.messages import Report
from clarity.scans.leases import finish
from clarity.scans.messages import Place, Problem, Scan, ScanState, Stage
from clarity.scans.places import need_free_place
from clarity.scans.rules import Priority, QueueRules, new_scan_id
from clarity.scans.tables import ScanRow


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
        need_free_place(session, rules)
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
        finish(row, ScanState.DONE, now)
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
