"""The outbox: what the payment service tells the others, in the order in which it happened."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import update
from sqlmodel import Session, col, select

from clarity.payments.messages import Envelope, Happening
from clarity.payments.tables import OutboxRow

_HAPPENING: TypeAdapter[Happening] = TypeAdapter(Happening)


def tell(session: Session, happening: Happening, now: datetime) -> None:
    """Tell it, in the transaction that makes it true."""
    document = _HAPPENING.dump_json(happening).decode()
    session.add(OutboxRow(document=document, created_at=now))
    # At once: numbers must follow the order of telling.
    session.flush()


def waiting(session: Session, *, limit: int = 100) -> Sequence[Envelope]:
    """What has not been delivered yet, oldest first."""
    query = (
        select(OutboxRow)
        .where(col(OutboxRow.delivered_at).is_(None))
        .order_by(col(OutboxRow.number))
        .limit(limit)
    )
    return [
        Envelope(number=row.number or 0, happening=_HAPPENING.validate_json(row.document))
        for row in session.exec(query).all()
    ]


def mark_delivered(session: Session, numbers: Iterable[int], now: datetime) -> None:
    """They have arrived."""
    query = update(OutboxRow).where(col(OutboxRow.number).in_(list(numbers)))
    session.exec(query.values(delivered_at=now))
