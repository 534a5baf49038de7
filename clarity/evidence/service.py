"""Use cases of the evidence log. They flush; who calls them commits."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, delete, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.evidence.canonical import canonical, digest_of
from clarity.evidence.chain import FIRST, signed_entry
from clarity.evidence.keys import SigningKey
from clarity.evidence.messages import (
    Entry,
    Head,
    Receipt,
    SignedEntry,
    SignedReceipt,
    VerifyingKey,
)
from clarity.evidence.tables import EntryRow, KeyRow, ReceiptRow

ATTEMPTS = 20
"""So many writers may be faster than this one before it gives up."""

PAGE = 500
"""Entries read at once."""


class ReceiptMissing(ClarityError):
    """No receipt is kept of this."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "receipt-missing"
    hint = "Reports from before receipts were kept have none, and the owner may have erased it."


class LogBusy(ClarityError):
    """Too many writers want to add to the log at once."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "log-busy"
    hint = "Nothing needs to be done: the scan is tried again by itself."


def append(session: Session, receipt: Receipt, key: SigningKey, *, at: datetime) -> SignedReceipt:
    """Put a receipt at the end of the log; one that stands there already is left as it is.

    Raises:
        LogBusy: other writers were faster again and again.
    """
    digest = digest_of(receipt)
    signed = _enter(session, digest, key, at=at, document=receipt.model_dump_json())
    return SignedReceipt(receipt=receipt, signed=signed)


def enter(session: Session, digest: str, key: SigningKey, *, at: datetime) -> SignedEntry:
    """Put the digest of a document that is kept elsewhere, such as a settled verdict, at the
    end of the log; one that stands there already is left as it is.

    Raises:
        LogBusy: other writers were faster again and again.
    """
    return _enter(session, digest, key, at=at)


def _enter(
    session: Session, digest: str, key: SigningKey, *, at: datetime, document: str | None = None
) -> SignedEntry:
    _note_key(session, key, at)
    for _ in range(ATTEMPTS):
        if row := _entry_of(session, digest):
            return _signed(row)
        last = _last(session)
        entry = Entry(
            sequence=last.sequence + 1 if last else 1,
            previous=last.digest if last else FIRST,
            at=at,
            receipt=digest,
            key=key.public.key_id,
        )
        signed = signed_entry(entry, key)
        kept = [] if document is None else [ReceiptRow(digest=digest, document=document)]
        if try_add(session, _row(signed), *kept):
            return signed
    raise LogBusy("The evidence log has too many writers just now.")


def find(session: Session, receipt_digest: str) -> SignedReceipt:
    """The receipt with this digest and its line of the log.

    Raises:
        ReceiptMissing: there is none.
    """
    receipt = session.get(ReceiptRow, receipt_digest)
    row = _entry_of(session, receipt_digest)
    if receipt is None or row is None:
        raise ReceiptMissing("No receipt is kept of this report.")
    return SignedReceipt(receipt=Receipt.model_validate_json(receipt.document), signed=_signed(row))


def erase(session: Session, receipt_digests: set[str]) -> None:
    """Forget receipts: what they tell of the media is gone, the log that holds digests stands."""
    session.exec(delete(ReceiptRow).where(col(ReceiptRow.digest).in_(receipt_digests)))


def head(session: Session) -> Head:
    """The newest entry, signed."""
    last = _last(session)
    return (
        Head(signed=_signed(last), digest=last.digest) if last else Head(signed=None, digest=FIRST)
    )


def entries(session: Session, *, after: int = 0) -> Iterator[SignedEntry]:
    """The log in its order, behind entry number `after`."""
    while True:
        query = select(EntryRow).where(col(EntryRow.sequence) > after)
        rows = session.exec(query.order_by(col(EntryRow.sequence)).limit(PAGE)).all()
        yield from map(_signed, rows)
        if len(rows) < PAGE:
            return
        after = rows[-1].sequence


def keys(session: Session) -> list[VerifyingKey]:
    """Every key that has signed, oldest first."""
    rows = session.exec(select(KeyRow).order_by(col(KeyRow.first_used), col(KeyRow.id)))
    return [
        VerifyingKey(key=row.id, public_key=row.public_key, first_used=row.first_used)
        for row in rows
    ]


def _note_key(session: Session, key: SigningKey, at: datetime) -> None:
    if session.get(KeyRow, key.public.key_id) is not None:
        return
    public = base64.b64encode(key.public.raw).decode()
    # Another writer may note it at the same moment: it is noted either way.
    try_add(session, KeyRow(id=key.public.key_id, public_key=public, first_used=at))


def _last(session: Session) -> EntryRow | None:
    return session.exec(select(EntryRow).order_by(col(EntryRow.sequence).desc()).limit(1)).first()


def _entry_of(session: Session, receipt_digest: str) -> EntryRow | None:
    return session.exec(select(EntryRow).where(EntryRow.receipt_digest == receipt_digest)).first()


def _row(signed: SignedEntry) -> EntryRow:
    return EntryRow(
        sequence=signed.entry.sequence,
        digest=digest_of(signed.entry),
        receipt_digest=signed.entry.receipt,
        key_id=signed.entry.key,
        document=canonical(signed.entry).decode(),
        signature=signed.signature,
    )


def _signed(row: EntryRow) -> SignedEntry:
    return SignedEntry(entry=Entry.model_validate_json(row.document), signature=row.signature)
