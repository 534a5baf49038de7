"""What must hold when the dust has settled: PayPal's account and our books tell one story."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Session, select

from clarity.billing.ledger import Book, balance
from clarity.billing.service import credited_minor, total_minor
from clarity.billing.tables import CreditNoteRow, InvoiceRow, PostingRow, UnappliedRow
from clarity.database import Database
from clarity.payments.messages import TransferState
from clarity.payments.tables import (
    OutboxRow,
    PaymentRow,
    PayoutRow,
    RefundRow,
    SubscriptionRow,
)
from clarity.plans.table import TOP_PRICE
from tests.paypal.world import World

SHORTEST_MONTH = timedelta(days=28)


def broken(world: World, payments: Database, billing: Database) -> list[str]:
    """The promises that do not hold; empty when all is well."""
    with payments.read() as till, billing.read() as books:
        return [
            *_ledger(world, books),
            *_no_payment_lost(world, till, books),
            *_refunds(world, till),
            *_numbers(books),
            *_no_double_charge(world, till, books),
            *_payouts(world, till),
        ]


def _ledger(world: World, books: Session) -> Iterator[str]:
    sums: Counter[tuple[int, str]] = Counter()
    for posting in books.exec(select(PostingRow)).all():
        sums[posting.entry_id, posting.currency] += posting.amount_minor
    if any(sums.values()):
        yield "an entry does not balance"
    if balance(books, Book.PROVIDER, "USD").minor != world.balance:
        yield f"PayPal holds {world.balance}, the ledger {balance(books, Book.PROVIDER, 'USD')}"
    if balance(books, Book.UNAPPLIED, "USD"):
        yield "money paid in error was kept"
    open_ = sum(
        total_minor(row) - credited_minor(books, row)
        for row in books.exec(select(InvoiceRow)).all()
        if row.payment_id is None
    )
    if balance(books, Book.RECEIVABLE, "USD").minor != open_:
        yield "what customers owe is not what is on open bills"


def _no_payment_lost(world: World, till: Session, books: Session) -> Iterator[str]:
    rows = till.exec(select(PaymentRow)).all()
    if sorted(row.provider_id for row in rows) != sorted(world.charges):
        yield "payments are not PayPal's charges"
    billed = [i.payment_id for i in books.exec(select(InvoiceRow)).all() if i.payment_id]
    returned = [row.payment_id for row in books.exec(select(UnappliedRow)).all()]
    if sorted([*billed, *returned]) != sorted(row.id for row in rows):
        yield "a payment is on no bill, or on two"
    if any(row.delivered_at is None for row in till.exec(select(OutboxRow)).all()):
        yield "a message was not delivered"


def _refunds(world: World, till: Session) -> Iterator[str]:
    done: Counter[str] = Counter()
    for row in till.exec(select(RefundRow)).all():
        if row.state == TransferState.REQUESTED:
            yield "a refund was not carried out"
        if row.state == TransferState.COMPLETED:
            done[row.payment_provider_id] += row.amount_minor
    for charge in world.charges.values():
        if charge.refunded > charge.amount.minor:
            yield "more was refunded than was paid"
        if done[charge.id] != charge.refunded:
            yield "refunds are not PayPal's"
    for payment in till.exec(select(PaymentRow)).all():
        charge = world.charges[payment.provider_id]
        if not payment.wanted and charge.refunded != charge.amount.minor:
            yield "a charge that nobody wanted was kept"


def _numbers(books: Session) -> Iterator[str]:
    for table in (InvoiceRow, CreditNoteRow):
        numbers = sorted(books.exec(select(table.number)).all())
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"numbers of {table.__tablename__} have a gap: {numbers}"


def _no_double_charge(world: World, till: Session, books: Session) -> Iterator[str]:
    subscriptions = till.exec(select(SubscriptionRow)).all()
    owners = {row.id: row.account_id for row in subscriptions}
    live = Counter(
        owners[a.own_id] for a in world.agreements.values() if a.status in ("ACTIVE", "SUSPENDED")
    )
    if any(count > 1 for count in live.values()):
        yield "an account has two subscriptions that will be charged"
    for row in subscriptions:
        known = row.provider_id and world.agreements[row.provider_id].status.lower()
        if row.state in ("active", "suspended", "cancelled") and row.state != known:
            yield f"we think {row.state}, PayPal thinks {known}"
    kept = [
        row
        for row in books.exec(select(InvoiceRow)).all()
        if row.payment_id and row.period_end and credited_minor(books, row) < total_minor(row)
    ]
    for account in set(owners.values()):
        own = [row for row in kept if row.account_id == account]
        yield from _overlaps(own)


def _overlaps(kept: Sequence[InvoiceRow]) -> Iterator[str]:
    months = sorted(_span(row) for row in kept if "one month" in row.text)
    if any(after[0] < before[1] for before, after in pairwise(months)):
        yield f"the same time was paid twice: {months}"
    for moment in [_span(row)[0] for row in kept]:
        rate = sum(_monthly(row) for row in kept if _span(row)[0] <= moment < _span(row)[1])
        if rate > TOP_PRICE.minor * 1.03:
            yield f"at {moment} more was paid than the dearest plan costs: {rate:.0f}"


def _span(row: InvoiceRow) -> tuple[datetime, datetime]:
    assert row.period_end is not None
    return row.period_start, row.period_end


def _monthly(row: InvoiceRow) -> float:
    start, end = _span(row)
    # A cent is never split: on the last hours of a month it would look like a fortune.
    return (total_minor(row) - 1) * (SHORTEST_MONTH / (end - start))


def _payouts(world: World, till: Session) -> Iterator[str]:
    rows = till.exec(select(PayoutRow)).all()
    if any(row.state != TransferState.COMPLETED or row.receiver for row in rows):
        yield "a payout was not carried out, or its receiver was kept"
    if len(rows) != len(world.payouts):
        yield "payouts are not PayPal's"
