"""What billing is told, and what it shows."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clarity.money import Money


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


# Told to billing, each under the number of its sender, in the order in which they happened.


class Received(Message):
    """Money has arrived for something that is sold.

    Attributes:
        payment: names the payment for ever.
        source: names the subscription or purchase.
        text: the line of the invoice.
        begins, ends: what it pays for; `ends` is None for what is bought singly.
    """

    kind: Literal["received"] = "received"
    payment: str
    account: str
    source: str
    what: str
    text: str
    amount: Money
    fee: Money
    paid_at: datetime
    begins: datetime
    ends: datetime | None


class ReceivedInError(Message):
    """Money has arrived that nobody owes; it will be returned."""

    kind: Literal["received-in-error"] = "received-in-error"
    payment: str
    account: str
    amount: Money
    fee: Money
    paid_at: datetime


class Returned(Message):
    """Money of a payment has gone back."""

    kind: Literal["returned"] = "returned"
    refund: str
    payment: str
    account: str
    amount: Money
    returned_at: datetime


class Unpaid(Message):
    """A month could not be charged."""

    kind: Literal["unpaid"] = "unpaid"
    account: str
    source: str
    what: str
    text: str
    amount: Money
    failed_at: datetime
    begins: datetime
    ends: datetime


class Renewal(Message):
    """How a subscription stands.

    Attributes:
        due_at: of its next charge; None while it is not to be charged.
        ended: it will never be charged again.
        at: when this became true.
    """

    kind: Literal["renewal"] = "renewal"
    account: str
    source: str
    what: str
    text: str
    price: Money
    due_at: datetime | None
    ended: bool
    at: datetime


class SentOut(Message):
    """Money was sent to a user."""

    kind: Literal["sent-out"] = "sent-out"
    payout: str
    account: str
    amount: Money
    fee: Money
    paid_at: datetime


Entry = Annotated[
    Received | ReceivedInError | Returned | Unpaid | Renewal | SentOut,
    Field(discriminator="kind"),
]


# Shown by billing.


class InvoiceState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    CREDITED = "credited"


class CreditNote(Message):
    """Takes an invoice back, in whole or in part."""

    number: str
    invoice: str
    issued_at: datetime
    net: Money
    tax: Money
    total: Money
    reason: str


class Invoice(Message):
    """A bill.

    Attributes:
        number: without gaps, in the order of issue.
        tax_basis_points: hundredths of a percent that are within the total.
    """

    number: str
    state: InvoiceState
    issued_at: datetime
    paid_at: datetime | None
    text: str
    period_start: datetime
    period_end: datetime | None
    net: Money
    tax: Money
    tax_basis_points: int
    total: Money
    credit_notes: list[CreditNote]


class Upcoming(Message):
    """What will be charged next, if nothing is changed until then."""

    text: str
    due_at: datetime
    total: Money


class History(Message):
    """Every bill of an account, the newest first, and what comes next."""

    upcoming: list[Upcoming]
    invoices: list[Invoice]


class PaidFor(Message):
    """A stretch of time that is paid."""

    what: str
    source: str
    start: datetime
    end: datetime
