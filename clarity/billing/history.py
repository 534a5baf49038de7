"""Reading the books: what an account was billed, what comes next, what is paid for."""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.billing.messages import CreditNote, History, Invoice, PaidFor, Upcoming
from clarity.billing.rules import credit_note_number, invoice_number, invoice_state
from clarity.billing.service import credit_notes, credited_minor, total_minor
from clarity.billing.tables import CreditNoteRow, InvoiceRow, RenewalRow
from clarity.errors import ClarityError
from clarity.money import Money

LOOK_BACK = timedelta(days=370)
LONGEST = 500
"""Invoices of one account that are listed at most."""


class InvoiceNotFound(ClarityError):
    """The account has no invoice or credit note of this number."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "invoice-not-found"
    hint = "GET /v1/invoices lists the invoices of the account with their numbers."


def history(session: Session, account: str, prefix: str) -> History:
    """Every bill of an account, the newest first, and what comes next."""
    upcoming = select(RenewalRow).where(RenewalRow.account_id == account)
    issued = (
        select(InvoiceRow)
        .where(InvoiceRow.account_id == account)
        .order_by(col(InvoiceRow.number).desc())
        .limit(LONGEST)
    )
    return History(
        upcoming=[
            Upcoming(
                text=row.text,
                due_at=row.due_at,
                total=Money(minor=row.price_minor, currency=row.currency),
            )
            for row in session.exec(upcoming.order_by(col(RenewalRow.due_at))).all()
        ],
        invoices=[_describe(session, row, prefix) for row in session.exec(issued).all()],
    )


def invoice(session: Session, account: str, number: str, prefix: str) -> Invoice:
    """An invoice of an account by its number; raises `InvoiceNotFound`."""
    row = session.exec(
        select(InvoiceRow).where(
            InvoiceRow.account_id == account, InvoiceRow.number == _plain(number, prefix)
        )
    ).first()
    if row is None or invoice_number(prefix, row.number) != number:
        raise InvoiceNotFound("The account has no such invoice.")
    return _describe(session, row, prefix)


def credit_note(
    session: Session, account: str, number: str, prefix: str
) -> tuple[Invoice, CreditNote]:
    """A credit note of an account, with its invoice; raises `InvoiceNotFound`."""
    query = (
        select(InvoiceRow)
        .join(CreditNoteRow, col(CreditNoteRow.invoice_id) == InvoiceRow.id)
        .where(
            InvoiceRow.account_id == account,
            CreditNoteRow.number == _plain(number, f"{prefix}C"),
        )
    )
    row = session.exec(query).first()
    whole = _describe(session, row, prefix) if row else None
    for note in whole.credit_notes if whole else []:
        if whole is not None and note.number == number:
            return whole, note
    raise InvoiceNotFound("The account has no such credit note.")


def paid_for(session: Session, account: str, now: datetime) -> list[PaidFor]:
    """Months that an account has paid and that were not taken back, since a while ago."""
    query = select(InvoiceRow).where(
        InvoiceRow.account_id == account,
        col(InvoiceRow.payment_id).is_not(None),
        col(InvoiceRow.period_end).is_not(None),
        col(InvoiceRow.period_end) > now - LOOK_BACK,
    )
    return [
        PaidFor(what=row.what, source=row.source_id, start=row.period_start, end=row.period_end)
        for row in session.exec(query).all()
        if row.period_end is not None and credited_minor(session, row) < total_minor(row)
    ]


def _describe(session: Session, row: InvoiceRow, prefix: str) -> Invoice:
    def money(minor: int) -> Money:
        return Money(minor=minor, currency=row.currency)

    number = invoice_number(prefix, row.number)
    notes = credit_notes(session, row)
    total = total_minor(row)
    credited = sum(note.net_minor + note.tax_minor for note in notes)
    return Invoice(
        number=number,
        state=invoice_state(total, credited, paid=row.payment_id is not None),
        issued_at=row.issued_at,
        paid_at=row.paid_at,
        text=row.text,
        period_start=row.period_start,
        period_end=row.period_end,
        net=money(row.net_minor),
        tax=money(row.tax_minor),
        tax_basis_points=row.tax_basis_points,
        total=money(total),
        credit_notes=[
            CreditNote(
                number=credit_note_number(prefix, note.number),
                invoice=number,
                issued_at=note.issued_at,
                net=money(note.net_minor),
                tax=money(note.tax_minor),
                total=money(note.net_minor + note.tax_minor),
                reason=note.reason,
            )
            for note in notes
        ],
    )


def _plain(number: str, prefix: str) -> int:
    """The number behind its prefix; -1, which nothing has, where it is none."""
    text = number.removeprefix(prefix)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
