"""Use cases of the billing service. They flush; who calls them commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.billing.ledger import Book, post
from clarity.billing.messages import (
    Entry,
    Received,
    ReceivedInError,
    Renewal,
    Returned,
    SentOut,
    Unpaid,
)
from clarity.billing.rules import CREDIT_NOTES, INVOICES, tax_of_part, tax_within
from clarity.billing.tables import (
    CreditNoteRow,
    InboxRow,
    InvoiceRow,
    RenewalRow,
    SeriesRow,
    UnappliedRow,
)
from clarity.database import try_add
from clarity.errors import ClarityError


class PaymentUnknown(ClarityError):
    """Money went back of a payment that was never told."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "payment-unknown"
    hint = "The sender tells refunds after their payment: report this with the time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxes:
    """Attributes:
    basis_points: hundredths of a percent of the net amount; prices contain the tax.
    """

    basis_points: int = 0


def enter(session: Session, number: int, entry: Entry, *, taxes: Taxes) -> bool:
    """Write a message in the books, once.

    Args:
        number: of the message, by which its repetition is known.
        entry: what happened.
        taxes: for invoices that are issued now.

    Returns:
        False if it is in the books already.
    """
    if not try_add(session, InboxRow(number=number)):
        return False
    match entry:
        case Received():
            _receive(session, entry, taxes)
        case ReceivedInError():
            _receive_in_error(session, entry)
        case Returned():
            _return(session, entry)
        case Unpaid():
            _open_unpaid(session, entry, taxes)
        case Renewal():
            _renew(session, entry)
        case SentOut():
            _send_out(session, entry)
    session.flush()
    return True


def credited_minor(session: Session, invoice: InvoiceRow) -> int:
    """Minor units of an invoice that were taken back."""
    return sum(note.net_minor + note.tax_minor for note in credit_notes(session, invoice))


def credit_notes(session: Session, invoice: InvoiceRow) -> Sequence[CreditNoteRow]:
    query = (
        select(CreditNoteRow)
        .where(CreditNoteRow.invoice_id == invoice.id)
        .order_by(col(CreditNoteRow.number))
    )
    return session.exec(query).all()


def total_minor(invoice: InvoiceRow) -> int:
    return invoice.net_minor + invoice.tax_minor


def _receive(session: Session, entry: Received, taxes: Taxes) -> None:
    invoice = _unpaid_invoice(session, entry) or _issue(session, entry, entry.paid_at, taxes)
    invoice.payment_id = entry.payment
    invoice.paid_at = entry.paid_at
    session.add(invoice)
    amount = entry.amount.minor
    post(
        session,
        f"paid:{entry.payment}",
        {Book.PROVIDER: amount, Book.RECEIVABLE: -amount},
        currency=entry.amount.currency,
        account=entry.account,
        at=entry.paid_at,
    )
    _post_fee(session, entry)


def _receive_in_error(session: Session, entry: ReceivedInError) -> None:
    amount = entry.amount.minor
    session.add(
        UnappliedRow(
            payment_id=entry.payment,
            account_id=entry.account,
            amount_minor=amount,
            currency=entry.amount.currency,
        )
    )
    post(
        session,
        f"paid:{entry.payment}",
        {Book.PROVIDER: amount, Book.UNAPPLIED: -amount},
        currency=entry.amount.currency,
        account=entry.account,
        at=entry.paid_at,
    )
    _post_fee(session, entry)


def _return(session: Session, entry: Returned) -> None:
    invoice = session.exec(select(InvoiceRow).where(InvoiceRow.payment_id == entry.payment)).first()
    book = Book.RECEIVABLE
    if invoice is not None:
        _credit(session, invoice, entry.amount.minor, entry.refund, entry.returned_at, "Refund")
    elif session.get(UnappliedRow, entry.payment) is not None:
        book = Book.UNAPPLIED
    else:
        raise PaymentUnknown("Money of an unknown payment went back.")
    amount = entry.amount.minor
    post(
        session,
        f"returned:{entry.refund}",
        {book: amount, Book.PROVIDER: -amount},
        currency=entry.amount.currency,
        account=entry.account,
        at=entry.returned_at,
    )


def _open_unpaid(session: Session, entry: Unpaid, taxes: Taxes) -> None:
    month = select(InvoiceRow).where(
        InvoiceRow.source_id == entry.source, InvoiceRow.period_start == entry.begins
    )
    if session.exec(month).first() is None:
        _issue(session, entry, entry.failed_at, taxes)


def _renew(session: Session, entry: Renewal) -> None:
    row = session.get(RenewalRow, entry.source)
    if entry.ended:
        _take_back_unpaid(session, entry)
    if entry.due_at is None:
        if row is not None:
            session.delete(row)
        return
    row = row or RenewalRow(
        source_id=entry.source,
        account_id=entry.account,
        what=entry.what,
        text=entry.text,
        price_minor=entry.price.minor,
        currency=entry.price.currency,
        due_at=entry.due_at,
    )
    row.due_at = entry.due_at
    session.add(row)


def _send_out(session: Session, entry: SentOut) -> None:
    amount, fee = entry.amount.minor, entry.fee.minor
    post(
        session,
        f"payout:{entry.payout}",
        {Book.PAYOUTS: amount, Book.FEES: fee, Book.PROVIDER: -amount - fee},
        currency=entry.amount.currency,
        account=entry.account,
        at=entry.paid_at,
    )


def _unpaid_invoice(session: Session, entry: Received) -> InvoiceRow | None:
    """The oldest open invoice of the same subscription and amount, which this pays."""
    query = (
        select(InvoiceRow)
        .where(
            InvoiceRow.source_id == entry.source,
            col(InvoiceRow.payment_id).is_(None),
            InvoiceRow.net_minor + InvoiceRow.tax_minor == entry.amount.minor,
        )
        .order_by(col(InvoiceRow.number))
    )
    for invoice in session.exec(query).all():
        if credited_minor(session, invoice) == 0:
            return invoice
    return None


def _issue(session: Session, entry: Received | Unpaid, at: datetime, taxes: Taxes) -> InvoiceRow:
    total = entry.amount.minor
    tax = tax_within(total, taxes.basis_points)
    begins, ends = entry.begins, entry.ends
    while ends is not None and _is_billed(session, entry.source, begins):
        # Charged twice within one of the provider's months: the second is the next one's.
        begins, ends = ends, ends + (ends - begins)
    invoice = InvoiceRow(
        number=_next_number(session, INVOICES),
        account_id=entry.account,
        source_id=entry.source,
        what=entry.what,
        text=entry.text,
        period_start=begins,
        period_end=ends,
        issued_at=at,
        currency=entry.amount.currency,
        net_minor=total - tax,
        tax_minor=tax,
        tax_basis_points=taxes.basis_points,
    )
    session.add(invoice)
    session.flush()
    post(
        session,
        f"invoice:{invoice.number}",
        {Book.RECEIVABLE: total, Book.REVENUE: tax - total, Book.TAX: -tax},
        currency=invoice.currency,
        account=invoice.account_id,
        at=at,
    )
    return invoice


def _is_billed(session: Session, source: str, begins: datetime) -> bool:
    """Whether a bill stands for the month that begins then."""
    query = select(InvoiceRow).where(
        InvoiceRow.source_id == source, InvoiceRow.period_start == begins
    )
    return any(credited_minor(session, row) < total_minor(row) for row in session.exec(query).all())


def _take_back_unpaid(session: Session, entry: Renewal) -> None:
    """What an ended subscription left unpaid is owed no longer: the month was not given."""
    query = select(InvoiceRow).where(
        InvoiceRow.source_id == entry.source, col(InvoiceRow.payment_id).is_(None)
    )
    for invoice in session.exec(query).all():
        left = total_minor(invoice) - credited_minor(session, invoice)
        if left > 0:
            _credit(session, invoice, left, None, entry.at, "Subscription ended unpaid")


def _credit(
    session: Session,
    invoice: InvoiceRow,
    minor: int,
    refund: str | None,
    at: datetime,
    reason: str,
) -> None:
    before = credited_minor(session, invoice)
    tax = tax_of_part(invoice.tax_minor, total_minor(invoice), before=before, part=minor)
    assert invoice.id is not None
    note = CreditNoteRow(
        number=_next_number(session, CREDIT_NOTES),
        invoice_id=invoice.id,
        refund_id=refund,
        issued_at=at,
        net_minor=minor - tax,
        tax_minor=tax,
        reason=reason,
    )
    session.add(note)
    session.flush()
    post(
        session,
        f"credit-note:{note.number}",
        {Book.REVENUE: minor - tax, Book.TAX: tax, Book.RECEIVABLE: -minor},
        currency=invoice.currency,
        account=invoice.account_id,
        at=at,
    )


def _post_fee(session: Session, entry: Received | ReceivedInError) -> None:
    fee = entry.fee.minor
    if fee:
        post(
            session,
            f"fee:{entry.payment}",
            {Book.FEES: fee, Book.PROVIDER: -fee},
            currency=entry.fee.currency,
            account=entry.account,
            at=entry.paid_at,
        )


def _next_number(session: Session, series: str) -> int:
    """The next number of a series, held until the transaction ends, so that none is lost."""
    query = select(SeriesRow).where(SeriesRow.name == series).with_for_update()
    row = session.exec(query, execution_options={"populate_existing": True}).one()
    number = row.next_number
    row.next_number = number + 1
    session.add(row)
    session.flush()
    return number
