"""What the provider tells, in Clarity's words: facts that the service writes down."""

from dataclasses import dataclass
from datetime import datetime

from clarity.money import Money
from clarity.payments.messages import SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionTold:
    """How a subscription stands at the provider.

    Attributes:
        provider_id: the provider's identifier.
        own_id: our identifier, which the provider carries along; empty if it is not ours.
        told_at: when this state began; an older one never replaces a newer one.
        state_since: when it came into this state; for an active one, when it was agreed to.
        anchor_at: from which its months are counted.
        overdue: what a failed charge left open.
        failed_at: moment of the newest failed charge.
    """

    provider_id: str
    own_id: str
    state: SubscriptionState
    told_at: datetime
    state_since: datetime | None = None
    anchor_at: datetime | None = None
    next_charge_at: datetime | None = None
    overdue: Money | None = None
    failed_at: datetime | None = None
    approve_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """Money that arrived, for a subscription or, through `own_id`, for a purchase."""

    provider_id: str
    subscription: str | None
    own_id: str
    amount: Money
    fee: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """Money that went back, by our hand or the provider's."""

    provider_id: str
    payment: str
    amount: Money
    refunded_at: datetime
    reason: str = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTold:
    """How an order stands: its captures are in `charges`."""

    provider_id: str
    own_id: str
    status: str
    approve_url: str | None
    charges: tuple[Charged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTold:
    """How a payout stands; `done` is None while it is under way."""

    provider_id: str
    own_id: str
    done: bool | None
    fee: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTold:
    """An event of the provider, verified."""

    id: str
    kind: str
    resource: dict[str, object]


Fact = SubscriptionTold | Charged | Refunded
