"""What the payment service says: to clients, and in its outbox to the other services."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clarity.money import Money


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class SubscriptionState(StrEnum):
    """Where a subscription is; the provider's own words but for the first and the last."""

    CREATED = "created"
    APPROVAL_PENDING = "approval-pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ABANDONED = "abandoned"


class PurchaseState(StrEnum):
    CREATED = "created"
    APPROVAL_PENDING = "approval-pending"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class TransferState(StrEnum):
    """A refund or a payout: asked for, carried out, or refused by the provider."""

    REQUESTED = "requested"
    COMPLETED = "completed"
    FAILED = "failed"


class Subscription(Message):
    """A subscription as its owner sees it.

    Attributes:
        approve_url: where the owner agrees to pay, while that is to be done.
        due_at_once: charged at the agreement, besides the monthly price.
        starts_at: of the first regular charge; None: at the agreement.
        overdue: what a failed charge left open.
    """

    id: str
    plan: str
    state: SubscriptionState
    price: Money
    due_at_once: Money
    starts_at: datetime | None
    created_at: datetime
    renews: bool
    next_charge_at: datetime | None
    overdue: Money
    approve_url: str | None


class Purchase(Message):
    """Something bought singly, as its owner sees it."""

    id: str
    item: str
    state: PurchaseState
    amount: Money
    created_at: datetime
    approve_url: str | None


class Refund(Message):
    id: str
    payment_id: str
    amount: Money
    state: TransferState
    created_at: datetime


class Payout(Message):
    id: str
    amount: Money
    state: TransferState
    created_at: datetime


class Payment(Message):
    """Money that came in, and how much of it went back."""

    id: str
    amount: Money
    refunded: Money
    paid_at: datetime


# The outbox. Messages about one account are numbered in the order in which they happened.


class PaymentCompleted(Message):
    """Money has arrived.

    Attributes:
        payment: identifier of the payment.
        source: identifier of the subscription or purchase that it pays.
        what: plan or item.
        begins: of the month that it pays for, as far as the provider's schedule tells; for a
            purchase the moment of the payment.
        ends: None for a purchase.
        partial: it pays for what was left of a month when the plan was changed.
        wanted: False for a charge that ought not to have been made; it is being refunded.
    """

    kind: Literal["payment-completed"] = "payment-completed"
    payment: str
    account: str
    source: str
    what: str
    amount: Money
    fee: Money
    paid_at: datetime
    begins: datetime
    ends: datetime | None
    partial: bool
    wanted: bool


class PaymentRefunded(Message):
    """Money has gone back, by our hand or the provider's."""

    kind: Literal["payment-refunded"] = "payment-refunded"
    refund: str
    payment: str
    account: str
    amount: Money
    refunded_at: datetime


class ChargeFailed(Message):
    """A month could not be charged; it stays open."""

    kind: Literal["charge-failed"] = "charge-failed"
    account: str
    source: str
    what: str
    amount: Money
    failed_at: datetime
    begins: datetime
    ends: datetime


class SubscriptionChanged(Message):
    """How a subscription stands.

    Attributes:
        ended: it will never be charged again.
        next_charge_at: None while it is not to be charged.
    """

    kind: Literal["subscription-changed"] = "subscription-changed"
    account: str
    source: str
    what: str
    price: Money
    ended: bool
    next_charge_at: datetime | None
    at: datetime


class PayoutCompleted(Message):
    kind: Literal["payout-completed"] = "payout-completed"
    payout: str
    account: str
    amount: Money
    fee: Money
    paid_at: datetime


Happening = Annotated[
    PaymentCompleted | PaymentRefunded | ChargeFailed | SubscriptionChanged | PayoutCompleted,
    Field(discriminator="kind"),
]


class Envelope(Message):
    """A message of the outbox with its number, which names it for ever."""

    number: int
    happening: Happening
