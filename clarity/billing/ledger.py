"""The ledger, in double entry: money is never made, it only moves between books.

Debits are positive and credits negative, so that every entry, and with it the whole ledger,
adds up to zero in each currency.

    invoice      receivable +total        revenue -net, tax -tax
    payment      provider +amount         receivable -amount
    its fee      fees +fee                provider -fee
    credit note  revenue +net, tax +tax   receivable -total
    refund       receivable +amount       provider -amount
    in error     provider +amount         unapplied -amount
    payout       payouts +amount          provider -amount
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlmodel import Session, func, select

from clarity.billing.tables import EntryRow, PostingRow
from clarity.errors import ClarityError
from clarity.money import Money


class Book(StrEnum):
    """The books, each with what a positive balance means."""

    RECEIVABLE = "receivable"  # customers owe us
    PROVIDER = "provider"  # lies at PayPal
    FEES = "fees"  # was spent on fees
    PAYOUTS = "payouts"  # was sent to users
    REVENUE = "revenue"  # negative: was earned
    TAX = "tax"  # negative: is owed to the state
    UNAPPLIED = "unapplied"  # negative: is owed back


class Unbalanced(ClarityError):
    """An entry does not add up; nothing of it was written."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "unbalanced-entry"
    hint = "This is a fault of the program: report it with the time; no money has moved."


def post(
    session: Session,
    event: str,
    amounts: Mapping[Book, int],
    *,
    currency: str,
    account: str,
    at: datetime,
) -> None:
    """Write an entry.

    Args:
        event: what happened; the same twice violates a constraint.
        amounts: minor units by book; zeros are left out.
        account: that it is about.

    Raises:
        Unbalanced: the amounts do not add up to zero.
    """
    if sum(amounts.values()) != 0:
        raise Unbalanced(f"The entry {event} does not add up.")
    entry = EntryRow(event=event, happened_at=at)
    session.add(entry)
    session.flush()
    assert entry.id is not None
    session.add_all(
        PostingRow(
            entry_id=entry.id,
            book=book,
            account_id=account,
            amount_minor=minor,
            currency=currency,
        )
        for book, minor in amounts.items()
        if minor != 0
    )
    session.flush()


def balance(session: Session, book: Book, currency: str) -> Money:
    """What a book holds."""
    query = select(func.coalesce(func.sum(PostingRow.amount_minor), 0)).where(
        PostingRow.book == book, PostingRow.currency == currency
    )
    return Money(minor=int(session.exec(query).one()), currency=currency)
