"""Routes of money: subscriptions, purchases, refunds, payouts, and PayPal's events."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clarity.checkout.desk import PaymentsOff, PaymentUnderWay, UnreadableEvent
from clarity.checkout.messages import Standing
from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments.messages import Payment, Purchase, Subscription
from clarity.payments.paypal.answers import UnreadableAnswer
from clarity.payments.paypal.connection import (
    ProviderRefused,
    ProviderUnauthorised,
    ProviderUnreachable,
)
from clarity.payments.paypal.signatures import ForgedEvent
from clarity.payments.reading import PurchaseNotFound, SubscriptionNotFound
from clarity.payments.service import (
    NothingOverdue,
    PaymentKeyReused,
    PaymentNotFound,
    RefundTooLarge,
)
from clarity.payments.till import WishGivenUp
from clarity.plans.rules import NotForSale, SamePlan
from clarity.plans.table import UnknownExtra, UnknownPlan
from deployments.rest.access import MEMBER_ERRORS, OPEN, STRANGER_ERRORS
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.payer import Account, Administrator
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1", tags=["payments"])

EVENT_BYTES = 256 * 1024
LARGEST_AMOUNT = 10**9
"""Minor units; more is a slip of the hand."""
NO_STORE = {"Cache-Control": "no-store"}
PROVIDER = (
    PaymentsOff,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnauthorised,
    UnreadableAnswer,
)

Id = Annotated[str, Path(max_length=36)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="repeat the request safely: same key, same subscription, refund or purchase",
    ),
]
NeededKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="repeat the request safely: same key, same payout",
    ),
]


class EventTooLong(ClarityError):
    """An event is never this long."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "event-too-long"
    hint = "Only PayPal's events are taken here; they are a few kilobytes long."


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanWish(Body):
    plan: str = Field(max_length=32, examples=["plus"])


class ExtraWish(Body):
    item: str = Field(max_length=32, examples=["expert-report"])


def _sendable(amount: Money) -> Money:
    if not 0 < amount.minor <= LARGEST_AMOUNT:
        raise ValueError(f"an amount to be sent is from 1 to {LARGEST_AMOUNT} minor units")
    return amount


Sendable = Annotated[Money, AfterValidator(_sendable)]


class RefundWish(Body):
    amount: Sendable | None = Field(default=None, description="null: all that is left")


class PayoutWish(Body):
    account: str = Field(pattern=r"^[0-9a-f-]{36}$", description="that it is booked to")
    receiver: str = Field(
        max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", description="PayPal address; not kept"
    )
    amount: Sendable

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "account": "6b0f5a3e-6d0c-4a0e-9c39-0d6f3a8f9a11",
                "receiver": "user@example.org",
                "amount": {"minor": 500, "currency": "USD"},
            }
        },
    )


class Named(BaseModel):
    """The identifier of what was begun; it is carried out even if this answer is lost."""

    id: str


class Taken(BaseModel):
    """Whether the event was new."""

    new: bool


@router.post(
    "/subscriptions",
    status_code=201,
    summary="Take a plan",
    responses=documented(
        *MEMBER_ERRORS,
        UnknownPlan,
        SamePlan,
        PaymentUnderWay,
        WishGivenUp,
        NotForSale,
        PaymentKeyReused,
        *BODY_ERRORS,
        *PROVIDER,
        Unexpected,
    ),
)
def subscribe(
    wish: PlanWish, account: Account, services: ServicesOf, key: Key = None
) -> Subscription:
    """Start, change or resume a subscription. Nothing is charged until its owner agrees at
    `approve_url`; afterwards POST to /v1/subscriptions/{id}/confirm. A change replaces the
    former subscription, which PayPal then charges no more."""
    return services.desk.subscribe(account, wish.plan, key=key)


@router.post(
    "/subscriptions/{subscription_id}/confirm",
    summary="Back from PayPal",
    responses=documented(
        *MEMBER_ERRORS, SubscriptionNotFound, InvalidRequest, *PROVIDER, Unexpected
    ),
)
def confirm(subscription_id: Id, account: Account, services: ServicesOf) -> Subscription:
    """See at PayPal what was agreed to. Safe to repeat; what PayPal tells later is not missed."""
    return services.desk.confirm(account, subscription_id)


@router.post(
    "/subscriptions/cancel",
    summary="Cancel the subscription",
    responses=documented(*MEMBER_ERRORS, *PROVIDER, Unexpected),
)
def cancel(account: Account, services: ServicesOf) -> Standing:
    """Nothing is charged any more; what is paid can be used until its end."""
    return services.desk.cancel(account)


@router.post(
    "/subscriptions/retry",
    summary="Charge an unpaid month again",
    responses=documented(*MEMBER_ERRORS, NothingOverdue, *PROVIDER, Unexpected),
)
def retry(account: Account, services: ServicesOf) -> Subscription:
    """After a failed charge: try again now. Two requests charge once."""
    return services.desk.retry(account)


@router.post(
    "/purchases",
    status_code=201,
    summary="Buy something singly",
    responses=documented(
        *MEMBER_ERRORS,
        UnknownExtra,
        WishGivenUp,
        PaymentKeyReused,
        *BODY_ERRORS,
        *PROVIDER,
        Unexpected,
    ),
)
def buy(wish: ExtraWish, account: Account, services: ServicesOf, key: Key = None) -> Purchase:
    """Nothing is charged until its owner agrees at `approve_url`; afterwards POST to
    /v1/purchases/{id}/collect."""
    return services.desk.buy(account, wish.item, key=key)


@router.post(
    "/purchases/{purchase_id}/collect",
    summary="Back from PayPal: pay",
    responses=documented(*MEMBER_ERRORS, PurchaseNotFound, InvalidRequest, *PROVIDER, Unexpected),
)
def collect(purchase_id: Id, account: Account, services: ServicesOf) -> Purchase:
    """Take the money that was agreed to, once; safe to repeat."""
    return services.desk.collect(account, purchase_id)


@router.get(
    "/payments",
    summary="What the account has paid",
    responses=documented(*MEMBER_ERRORS, Unexpected),
)
def list_payments(account: Account, services: ServicesOf) -> list[Payment]:
    """The newest hundred, with how much of each went back."""
    return services.desk.paid(account)


@router.post(
    "/payments/{payment_id}/refund",
    status_code=202,
    summary="Refund a payment",
    responses=documented(
        *MEMBER_ERRORS,
        PaymentNotFound,
        RefundTooLarge,
        PaymentKeyReused,
        *BODY_ERRORS,
        *PROVIDER,
        Unexpected,
    ),
)
def refund(
    payment_id: Id,
    wish: RefundWish,
    administrator: Administrator,  # noqa: ARG001 - asked for its check
    services: ServicesOf,
    key: Key = None,
) -> Named:
    """For administrators: send a payment or a part of it back; a credit note follows."""
    return Named(id=services.desk.refund(payment_id, wish.amount, key=key))


@router.post(
    "/payouts",
    status_code=202,
    summary="Send money to a user",
    responses=documented(*MEMBER_ERRORS, PaymentKeyReused, *BODY_ERRORS, *PROVIDER, Unexpected),
)
def pay_out(
    wish: PayoutWish,
    administrator: Administrator,  # noqa: ARG001 - asked for its check
    services: ServicesOf,
    key: NeededKey,
) -> Named:
    """For administrators: pay a user through PayPal, once per Idempotency-Key."""
    payout = services.desk.pay_out(
        wish.account, receiver=wish.receiver, amount=wish.amount, key=key
    )
    return Named(id=payout)


@router.post(
    "/payments/events",
    summary="PayPal's events",
    dependencies=OPEN,
    responses=documented(
        UnreadableEvent,
        ForgedEvent,
        EventTooLong,
        *BODY_ERRORS,
        *STRANGER_ERRORS,
        *PROVIDER,
        Unexpected,
    ),
)
async def take_event(request: Request, services: ServicesOf, response: Response) -> Taken:
    """For PayPal only: every event must carry PayPal's signature for this service's webhook.
    The same event twice changes nothing."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > EVENT_BYTES:
            raise EventTooLong("The event is too long.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    response.headers.update(NO_STORE)
    return Taken(new=await run_in_threadpool(services.desk.take_event, headers, body))
