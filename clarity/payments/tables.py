"""Tables of the payment service. No card, no bank account, no name: the provider has those."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class PaymentsTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class PayerRow(PaymentsTable, table=True):
    """An account that pays. Its row is the lock under which everything of it is decided."""

    __tablename__ = "payer"

    account_id: str = Field(primary_key=True, max_length=36)
    current_id: str | None = Field(
        default=None, max_length=36, description="subscription that renews; at most one"
    )


class ProviderPlanRow(PaymentsTable, table=True):
    """A plan at a price, as the provider knows it."""

    __tablename__ = "provider_plan"

    # One plan per price and place: two first subscribers may create it at the same time.
    plan: str = Field(primary_key=True, max_length=32)
    price_minor: int = Field(primary_key=True)
    currency: str = Field(primary_key=True, max_length=3)
    place: str = Field(primary_key=True, max_length=100, description="host of the provider")
    provider_id: str = Field(max_length=64)


class SubscriptionRow(PaymentsTable, table=True):
    """A subscription, from the wish on."""

    __tablename__ = "subscription"
    __table_args__ = (
        # A repeated request with one Idempotency-Key is one subscription.
        UniqueConstraint("idempotency_key", name="subscription_idempotency_key"),
        # What the provider tells is told of exactly one subscription.
        UniqueConstraint("provider_id", name="subscription_provider_id"),
        Index("subscription_account", "account_id"),
        Index("subscription_state", "state"),
    )

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="payer.account_id", max_length=36)
    plan: str = Field(max_length=32)
    price_minor: int
    fee_minor: int = Field(description="due at the agreement, besides the price")
    currency: str = Field(max_length=3)
    created_at: datetime = Field(sa_type=Moment)
    starts_at: datetime | None = Field(
        default=None, sa_type=Moment, description="of the first regular charge; NULL: at once"
    )
    idempotency_key: str | None = Field(default=None, max_length=64, description="keyed digest")
    request_digest: str = Field(max_length=64)

    state: str = Field(max_length=20)
    provider_id: str | None = Field(default=None, max_length=64)
    approve_url: str | None = Field(default=None, max_length=500)
    told_at: datetime | None = Field(
        default=None, sa_type=Moment, description="of the newest state that the provider told"
    )
    anchor_at: datetime | None = Field(
        default=None, sa_type=Moment, description="from which its months are counted"
    )
    next_charge_at: datetime | None = Field(default=None, sa_type=Moment)
    overdue_minor: int = 0
    retried_at: datetime | None = Field(
        default=None, sa_type=Moment, description="when its owner asked to be charged again"
    )
    unwanted_from: datetime | None = Field(
        default=None,
        sa_type=Moment,
        description="it is to end: whatever it charges from here on is refunded",
    )


class PurchaseRow(PaymentsTable, table=True):
    """Something bought singly."""

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("idempotency_key", name="purchase_idempotency_key"),
        UniqueConstraint("provider_id", name="purchase_provider_id"),
        Index("purchase_account", "account_id"),
        Index("purchase_state", "state"),
    )

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="payer.account_id", max_length=36)
    item: str = Field(max_length=32)
    amount_minor: int
    currency: str = Field(max_length=3)
    created_at: datetime = Field(sa_type=Moment)
    idempotency_key: str | None = Field(default=None, max_length=64)
    request_digest: str = Field(max_length=64)
    state: str = Field(max_length=20)
    provider_id: str | None = Field(default=None, max_length=64)
    approve_url: str | None = Field(default=None, max_length=500)


class PaymentRow(PaymentsTable, table=True):
    """Money that arrived. Written once."""

    __tablename__ = "payment"
    __table_args__ = (
        # The provider's number of the charge: told twice, by a repeated event or by the
        # nightly comparison, it is still one payment.
        UniqueConstraint("provider_id", name="payment_provider_id"),
        Index("payment_account", "account_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="payer.account_id", max_length=36)
    source_id: str = Field(max_length=36, description="subscription or purchase")
    provider_id: str = Field(max_length=64)
    amount_minor: int
    fee_minor: int
    currency: str = Field(max_length=3)
    paid_at: datetime = Field(sa_type=Moment)
    wanted: bool


class RefundRow(PaymentsTable, table=True):
    """Money that goes back; also what the provider refunded by itself."""

    __tablename__ = "refund"
    __table_args__ = (
        # Told twice, it is still one refund.
        UniqueConstraint("provider_id", name="refund_provider_id"),
        UniqueConstraint("idempotency_key", name="refund_idempotency_key"),
        Index("refund_payment", "payment_provider_id"),
        Index("refund_state", "state"),
    )

    id: str = Field(primary_key=True, max_length=36)
    # Not a reference to `payment`: a refund may be told before its payment.
    payment_provider_id: str = Field(max_length=64)
    provider_id: str | None = Field(default=None, max_length=64)
    amount_minor: int
    currency: str = Field(max_length=3)
    reason: str = Field(max_length=40)
    state: str = Field(max_length=12)
    told: bool = Field(default=False, description="whether the outbox has it")
    idempotency_key: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)


class PayoutRow(PaymentsTable, table=True):
    """Money sent to a user. The receiver's address is forgotten when it is done."""

    __tablename__ = "payout"
    __table_args__ = (
        UniqueConstraint("idempotency_key", name="payout_idempotency_key"),
        Index("payout_state", "state"),
    )

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="payer.account_id", max_length=36)
    receiver: str | None = Field(default=None, max_length=254)
    amount_minor: int
    currency: str = Field(max_length=3)
    state: str = Field(max_length=12)
    provider_id: str | None = Field(default=None, max_length=64)
    idempotency_key: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=Moment)


class EventRow(PaymentsTable, table=True):
    """An event of the provider that was dealt with: its number, so that it is dealt with once.

    Nothing of its content is kept: it names a person.
    """

    __tablename__ = "provider_event"

    # The primary key is what makes events count exactly once.
    id: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=64)
    received_at: datetime = Field(sa_type=Moment)


class OutboxRow(PaymentsTable, table=True):
    """A message to the other services, written in the transaction of what it tells."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_waiting", "delivered_at", "number"),)

    number: int | None = Field(default=None, primary_key=True)
    document: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_type=Moment)
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
