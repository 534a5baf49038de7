"""PayPal's answers and events, read into Clarity's facts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments.messages import SubscriptionState
from clarity.payments.provider import (
    Charged,
    EventTold,
    OrderTold,
    PayoutTold,
    Refunded,
    SubscriptionTold,
)

Document = dict[str, Any]

_STATES = {
    "APPROVAL_PENDING": SubscriptionState.APPROVAL_PENDING,
    "APPROVED": SubscriptionState.APPROVAL_PENDING,
    "ACTIVE": SubscriptionState.ACTIVE,
    "SUSPENDED": SubscriptionState.SUSPENDED,
    "CANCELLED": SubscriptionState.CANCELLED,
    "EXPIRED": SubscriptionState.EXPIRED,
}
PAID = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
"""States of a charge whose money did arrive, whatever became of it later."""


class UnreadableAnswer(ClarityError):
    """PayPal's answer has another form than its documentation says."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "payment-provider-unreadable"
    hint = "Report it with the time of the request; nothing is lost, and it is tried again."


def subscription(document: Document) -> SubscriptionTold:
    """A subscription (`GET /v1/billing/subscriptions/{id}`)."""
    try:
        billing = document.get("billing_info") or {}
        failed = billing.get("last_failed_payment") or {}
        outstanding = billing.get("outstanding_balance")
        return SubscriptionTold(
            provider_id=document["id"],
            own_id=str(document.get("custom_id") or ""),
            state=_STATES[document["status"]],
            told_at=_newest(document),
            state_since=_moment(document.get("status_update_time")),
            anchor_at=_moment(document.get("start_time")),
            next_charge_at=_moment(billing.get("next_billing_time")),
            overdue=_money(outstanding) if outstanding else None,
            failed_at=_moment(failed.get("time")),
            approve_url=_link(document, "approve"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableAnswer("PayPal's subscription cannot be read.") from error


def transactions(document: Document, subscription_id: str) -> Iterator[Charged]:
    """Charges of a subscription (`GET …/subscriptions/{id}/transactions`)."""
    try:
        for item in document.get("transactions") or []:
            if item["status"] in PAID:
                amounts = item["amount_with_breakdown"]
                gross = _money(amounts["gross_amount"])
                yield Charged(
                    provider_id=item["id"],
                    subscription=subscription_id,
                    own_id="",
                    amount=gross,
                    fee=_fee(amounts.get("fee_amount"), gross.currency),
                    paid_at=_known(item["time"]),
                )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableAnswer("PayPal's list of transactions cannot be read.") from error


def sale(document: Document) -> Charged:
    """A subscription's charge (`resource` of PAYMENT.SALE.COMPLETED)."""
    try:
        amount = Money.parse(document["amount"]["total"], document["amount"]["currency"])
        return Charged(
            provider_id=document["id"],
            subscription=document.get("billing_agreement_id"),
            own_id="",
            amount=amount,
            fee=_fee(document.get("transaction_fee"), amount.currency),
            paid_at=_known(document["create_time"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableAnswer("PayPal's sale cannot be read.") from error


def capture(document: Document) -> Charged | None:
    """A capture (`/v2/payments/captures`); None while its money has not arrived."""
    try:
        if document["status"] not in PAID:
            return None
        amount = _money(document["amount"])
        breakdown = document.get("seller_receivable_breakdown") or {}
        return Charged(
            provider_id=document["id"],
            subscription=None,
            own_id=str(document.get("custom_id") or ""),
            amount=amount,
            fee=_fee(breakdown.get("paypal_fee"), amount.currency),
            paid_at=_known(document["create_time"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableAnswer("PayPal's capture cannot be read.") from error


def order(document: Document) -> OrderTold:
    """An order (`/v2/checkout/orders`)."""
    try:
        units = document.get("purchase_units") or [{}]
        captures = (units[0].get("payments") or {}).get("captures") or []
        return OrderTold(
            provider_id=document["id"],
            own_id=str(units[0].get("custom_id") or ""),
            status=document["status"],
            approve_url=_link(document, "payer-action") or _link(document, "approve"),
            charges=tuple(charge for item in captures if (charge := capture(item))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableAnswer("PayPal's order cannot be read.") from error


def refund(document: Document, payment: str | None = None) -> Refunded:
    """A refund: of `/v2/payments/captures/{id}/refund`, or the resource of an event."""
    try:
        return Refunded(
            provider_id=document["id"],
            payment=payment or document.get("sale_id") or _refunded_payment(document),
            amount=_either_money(document["amount"]),
            refunded_at=_known(document["create_time"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise UnreadableAnswer("PayPal's refund cannot be read.") from error


def payout(document: Document) -> PayoutTold:
    """A payout batch (`/v1/payments/payouts/{id}`)."""
    try:
        header = document["batch_header"]
        amount = header.get("amount") or {"currency": "USD", "value": "0"}
        finished = {"SUCCESS": True, "DENIED": False, "CANCELED": False}
        items = [item.get("transaction_status") for item in document.get("items") or []]
        refused = {"FAILED", "RETURNED", "REFUNDED", "REVERSED", "BLOCKED"}
        done = finished.get(header["batch_status"])
        return PayoutTold(
            provider_id=header["payout_batch_id"],
            own_id=header["sender_batch_header"]["sender_batch_id"],
            done=False if done and any(item in refused for item in items) else done,
            fee=_fee(header.get("fees"), amount["currency"]),
            paid_at=_moment(header.get("time_completed")) or datetime.now(UTC),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableAnswer("PayPal's payout cannot be read.") from error


def event(document: Any) -> EventTold:
    """An event, as a webhook or the list of events brings it."""
    try:
        resource = document["resource"]
        if not isinstance(resource, dict):
            raise TypeError("resource")
        return EventTold(
            id=_short(document["id"]), kind=_short(document["event_type"]), resource=resource
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableAnswer("PayPal's event cannot be read.") from error


def _newest(document: Document) -> datetime:
    """When the state began: PayPal moves only one of the two for some changes."""
    moments = [_moment(document.get(name)) for name in ("update_time", "status_update_time")]
    return max([m for m in moments if m] or [_known(document["create_time"])])


def _refunded_payment(document: Document) -> str:
    address: str = next(
        link["href"] for link in document["links"] if link.get("rel") in ("up", "sale")
    )
    return address.rstrip("/").rpartition("/")[2]


def _money(document: Document) -> Money:
    return Money.parse(document["value"], document["currency_code"])


def _either_money(document: Document) -> Money:
    """Version 1 says total and currency, version 2 value and currency_code."""
    text = document.get("value") or document["total"]
    amount = Money.parse(text, document.get("currency_code") or document["currency"])
    return amount if amount.minor >= 0 else -amount


def _fee(document: Document | None, currency: str) -> Money:
    if not document:
        return Money(minor=0, currency=currency)
    fee = Money.parse(document["value"], document.get("currency_code") or document["currency"])
    return fee if fee.minor >= 0 else -fee


def _link(document: Document, relation: str) -> str | None:
    for link in document.get("links") or []:
        if link.get("rel") == relation:
            return str(link["href"])
    return None


def _moment(text: str | None) -> datetime | None:
    return _known(text) if text else None


def _known(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _short(text: Any) -> str:
    if not isinstance(text, str) or not 1 <= len(text) <= 64:
        raise ValueError("a short text is needed")
    return text
