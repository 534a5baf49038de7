"""Use cases of the audit log: write a line, read lines, check them all."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from clarity.audit.messages import Action, Entry, Verification
from clarity.audit.rules import START, entry_digest
from clarity.audit.tables import EntryRow, HeadRow

BATCH = 1000
DETAIL_CHARACTERS = 300


def append(
    session: Session,
    action: Action,
    *,
    actor: str = "",
    subject: str = "",
    detail: str = "",
    now: datetime,
) -> Entry:
    """Write a line at the end. `detail` must name no person."""
    head = session.exec(select(HeadRow).where(HeadRow.id == 1).with_for_update()).one()
    fields: dict[str, Any] = {
        "number": head.number + 1,
        "at": now,
        "actor": actor,
        "action": action.value,
        "subject": subject,
        "detail": detail[:DETAIL_CHARACTERS],
        "previous": head.digest,
    }
    row = EntryRow(**fields, digest=entry_digest(**fields))
    session.add(row)
    head.number, head.digest = row.number, row.digest
    session.flush()
    return _entry(row)


def latest(
    session: Session, *, subject: str = "", before: int | None = None, limit: int = 100
) -> list[Entry]:
    """Lines from the newest down.

    Args:
        session: open transaction.
        subject: only those about it or by it.
        before: only those with a lower number.
        limit: at most so many.
    """
    query = select(EntryRow).order_by(col(EntryRow.number).desc()).limit(limit)
    if subject:
        query = query.where((col(EntryRow.subject) == subject) | (col(EntryRow.actor) == subject))
    if before is not None:
        query = query.where(col(EntryRow.number) < before)
    return [_entry(row) for row in session.exec(query)]


def verify(session: Session) -> Verification:
    """Compute every digest anew and compare."""
    head = session.exec(select(HeadRow).where(HeadRow.id == 1)).one()
    previous, number = START, 0
    for row in _all(session):
        number += 1
        fields = row.model_dump(exclude={"digest"})
        right = entry_digest(**fields)
        if row.number != number or row.previous != previous or row.digest != right:
            return _verdict(number, head, first_broken=number)
        previous = row.digest
    if (number, previous) != (head.number, head.digest):
        return _verdict(number, head, first_broken=number + 1)
    return _verdict(number, head)


def _all(session: Session) -> Iterator[EntryRow]:
    after = 0
    while True:
        query = select(EntryRow).where(col(EntryRow.number) > after).order_by(col(EntryRow.number))
        rows = session.exec(query.limit(BATCH)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].number


def _verdict(entries: int, head: HeadRow, first_broken: int | None = None) -> Verification:
    return Verification(
        whole=first_broken is None,
        entries=entries,
        digest=head.digest,
        first_broken=first_broken,
    )


def _entry(row: EntryRow) -> Entry:
    return Entry.model_validate(row.model_dump())
