"""Tables of the billing service. An account is a number here: no name, no address."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class BillingTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class InboxRow(BillingTable, table=True):
    """Numbers of messages that were written in the books."""

    __tablename__ = "inbox"

    # The primary key is what makes a message count once, however often it is delivered.
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class SeriesRow(BillingTable, table=True):
    """The next number of a series: taken in the transaction that uses it, so none is lost."""

    __tablename__ = "series"

    name: str = Field(primary_key=True, max_length=16)
    next_number: int


class InvoiceRow(BillingTable, table=True):
    """A bill, as it was issued; only its payment is added later."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("number", name="invoice_number"),
        # One payment pays one bill.
        UniqueConstraint("payment_id", name="invoice_payment"),
        Index("invoice_source", "source_id", "period_start"),
        Index("invoice_account", "account_id", "issued_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: int
    account_id: str = Field(max_length=36)
    source_id: str = Field(max_length=36)
    what: str = Field(max_length=32, description="plan or item")
    text: str = Field(max_length=200)
    period_start: datetime = Field(sa_type=Moment)
    period_end: datetime | None = Field(default=None, sa_type=Moment)
    issued_at: datetime = Field(sa_type=Moment)
    currency: str = Field(max_length=3)
    net_minor: int
    tax_minor: int
    tax_basis_points: int
    payment_id: str | None = Field(default=None, max_length=36)
    paid_at: datetime | None = Field(default=None, sa_type=Moment)


class CreditNoteRow(BillingTable, table=True):
    """Takes an invoice back, in whole or in part."""

    __tablename__ = "credit_note"
    __table_args__ = (
        UniqueConstraint("number", name="credit_note_number"),
        # One refund is credited once; NULL where an unpaid bill is taken back.
        UniqueConstraint("refund_id", name="credit_note_refund"),
        Index("credit_note_invoice", "invoice_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: int
    invoice_id: int = Field(foreign_key="invoice.id")
    refund_id: str | None = Field(default=None, max_length=36)
    issued_at: datetime = Field(sa_type=Moment)
    net_minor: int
    tax_minor: int
    reason: str = Field(max_length=100)


class UnappliedRow(BillingTable, table=True):
    """A payment that nobody owed. It is on no bill and goes back."""

    __tablename__ = "unapplied"

    payment_id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    amount_minor: int
    currency: str = Field(max_length=3)


class RenewalRow(BillingTable, table=True):
    """What a subscription will be charged next."""

    __tablename__ = "renewal"
    __table_args__ = (Index("renewal_account", "account_id"),)

    source_id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    what: str = Field(max_length=32)
    text: str = Field(max_length=200)
    price_minor: int
    currency: str = Field(max_length=3)
    due_at: datetime = Field(sa_type=Moment)


class EntryRow(BillingTable, table=True):
    """An entry of the ledger: its postings add up to nothing."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        # What happened is in the books once.
        UniqueConstraint("event", name="ledger_entry_event"),
    )

    id: int | None = Field(default=None, primary_key=True)
    event: str = Field(max_length=64, description="what happened, such as `paid:{payment}`")
    happened_at: datetime = Field(sa_type=Moment)


class PostingRow(BillingTable, table=True):
    """One side of an entry: debits are positive, credits negative."""

    __tablename__ = "ledger_posting"
    __table_args__ = (Index("ledger_posting_account", "book", "currency"),)

    entry_id: int = Field(foreign_key="ledger_entry.id", primary_key=True)
    book: str = Field(primary_key=True, max_length=16)
    account_id: str = Field(max_length=36)
    amount_minor: int
    currency: str = Field(max_length=3)
