"""The calls that Clarity makes of PayPal."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from clarity.money import Money
from clarity.payments.paypal import answers
from clarity.payments.paypal.connection import Connection, ProviderRefused
from clarity.payments.provider import (
    Charged,
    EventTold,
    OrderTold,
    PayoutTold,
    Refunded,
    SubscriptionTold,
)

BRAND = "Clarity"
PRODUCT_NUMBER = "clarity-product"
PAGE_SIZE = 300


@dataclass(frozen=True, slots=True)
class Returns:
    """Addresses to which PayPal sends the payer back: agreed, and gone away."""

    agreed: str
    left: str


class PayPal:
    """PayPal's REST interface. Every method raises `ProviderUnreachable` (try again),
    `ProviderRefused` (PayPal said no) or `UnreadableAnswer`."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection

    @property
    def host(self) -> str:
        return self._call.host

    def create_plan(self, name: str, title: str, price: Money) -> str:
        """A monthly plan at a price; gives PayPal's identifier. The same twice is one plan."""
        product = self._call.post(
            "/v1/catalogs/products",
            {"name": BRAND, "type": "SERVICE", "category": "SOFTWARE"},
            number=PRODUCT_NUMBER,
        )
        cycle = {
            "frequency": {"interval_unit": "MONTH", "interval_count": 1},
            "tenure_type": "REGULAR",
            "sequence": 1,
            "total_cycles": 0,
            "pricing_scheme": {"fixed_price": _amount(price)},
        }
        preferences = {
            # A charge that failed waits for its owner: PayPal must not add it to the next one.
            "auto_bill_outstanding": False,
            "setup_fee_failure_action": "CANCEL",
            "payment_failure_threshold": 1,
        }
        plan = self._call.post(
            "/v1/billing/plans",
            {
                "product_id": product["id"],
                "name": f"{BRAND} {title}",
                "status": "ACTIVE",
                "billing_cycles": [cycle],
                "payment_preferences": preferences,
            },
            number=f"plan-{name}-{price.minor}-{price.currency}",
        )
        return str(plan["id"])

    def create_subscription(
        self,
        own_id: str,
        *,
        plan_id: str,
        fee: Money,
        starts_at: datetime | None,
        returns: Returns,
    ) -> SubscriptionTold:
        """A subscription that its payer has yet to agree to.

        Args:
            own_id: our identifier; the same twice is one subscription.
            plan_id: PayPal's identifier of the plan.
            fee: charged at the agreement.
            starts_at: of the first regular charge; None: at the agreement.
            returns: where PayPal sends the payer.
        """
        body: dict[str, Any] = {
            "plan_id": plan_id,
            "custom_id": own_id,
            "application_context": {
                "brand_name": BRAND,
                "shipping_preference": "NO_SHIPPING",
                "user_action": "SUBSCRIBE_NOW",
                "return_url": returns.agreed,
                "cancel_url": returns.left,
            },
        }
        if starts_at is not None:
            body["start_time"] = _text(starts_at)
        if fee:
            body["plan"] = {"payment_preferences": {"setup_fee": _amount(fee)}}
        return answers.subscription(
            self._call.post("/v1/billing/subscriptions", body, number=own_id)
        )

    def subscription(self, provider_id: str) -> SubscriptionTold:
        return answers.subscription(self._call.get(_subscription(provider_id)))

    def charges(self, provider_id: str, *, since: datetime, until: datetime) -> list[Charged]:
        """What a subscription was charged between two moments."""
        document = self._call.get(
            f"{_subscription(provider_id)}/transactions",
            {"start_time": _text(since), "end_time": _text(until)},
        )
        return list(answers.transactions(document, provider_id))

    def cancel_subscription(self, provider_id: str) -> None:
        """End a subscription; one that has ended already is no error."""
        try:
            self._call.post(f"{_subscription(provider_id)}/cancel", {"reason": "Not wanted"})
        except ProviderRefused as error:
            if error.issue != "SUBSCRIPTION_STATUS_INVALID":
                raise

    def charge_outstanding(self, provider_id: str, amount: Money, *, number: str) -> None:
        """Charge what a failed payment left open."""
        body = {
            "note": "Outstanding month",
            "capture_type": "OUTSTANDING_BALANCE",
            "amount": _amount(amount),
        }
        self._call.post(f"{_subscription(provider_id)}/capture", body, number=number)

    def activate_subscription(self, provider_id: str) -> None:
        """Let a suspended subscription go on; one that is active already is no error."""
        try:
            self._call.post(f"{_subscription(provider_id)}/activate", {"reason": "Paid"})
        except ProviderRefused as error:
            if error.issue != "SUBSCRIPTION_STATUS_INVALID":
                raise

    def create_order(
        self, own_id: str, *, title: str, amount: Money, returns: Returns
    ) -> OrderTold:
        """An order that its payer has yet to agree to; the same `own_id` twice is one order."""
        unit = {"custom_id": own_id, "description": title, "amount": _amount(amount)}
        context = {
            "brand_name": BRAND,
            "shipping_preference": "NO_SHIPPING",
            "user_action": "PAY_NOW",
            "return_url": returns.agreed,
            "cancel_url": returns.left,
        }
        body = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": context}},
        }
        return answers.order(self._call.post("/v2/checkout/orders", body, number=own_id))

    def order(self, provider_id: str) -> OrderTold:
        return answers.order(self._call.get(f"/v2/checkout/orders/{_segment(provider_id)}"))

    def capture_order(self, provider_id: str, *, number: str) -> OrderTold:
        """Take the money of an order that was agreed to; twice takes it once."""
        path = f"/v2/checkout/orders/{_segment(provider_id)}/capture"
        try:
            return answers.order(self._call.post(path, {}, number=number))
        except ProviderRefused as error:
            if error.issue not in ("ORDER_ALREADY_CAPTURED", "ORDER_NOT_APPROVED"):
                raise
            return self.order(provider_id)

    def refund(self, payment: str, amount: Money, *, number: str) -> Refunded:
        """Send money back; the same `number` twice sends it once.

        Subscription charges are refunded through the same address as captures.
        """
        path = f"/v2/payments/captures/{_segment(payment)}/refund"
        body = {"amount": _amount(amount), "custom_id": number}
        return answers.refund(self._call.post(path, body, number=number), payment)

    def create_payout(self, own_id: str, *, receiver: str, amount: Money) -> PayoutTold:
        """Send money to a PayPal user; the same `own_id` twice sends it once."""
        item = {
            "recipient_type": "EMAIL",
            "receiver": receiver,
            "amount": {"value": amount.decimal, "currency": amount.currency},
            "sender_item_id": own_id,
        }
        header = {"sender_batch_id": own_id, "email_subject": f"A payment from {BRAND}"}
        body = {"sender_batch_header": header, "items": [item]}
        try:
            return answers.payout(self._call.post("/v1/payments/payouts", body, number=own_id))
        except ProviderRefused as error:
            # A batch of the same name exists: the refusal links to it.
            first = next((link for link in error.links if "/payments/payouts/" in link), None)
            if first is None:
                raise
            return self.payout(first.rpartition("/")[2])

    def payout(self, provider_id: str) -> PayoutTold:
        return answers.payout(self._call.get(f"/v1/payments/payouts/{_segment(provider_id)}"))

    def events(self, *, since: datetime, until: datetime) -> Iterator[EventTold]:
        """Every event between two moments, also those whose delivery failed."""
        step = timedelta(days=30)
        while since < until:
            end = min(since + step, until)
            document = self._call.get(
                "/v1/notifications/webhooks-events",
                {
                    "page_size": str(PAGE_SIZE),
                    "start_time": _text(since),
                    "end_time": _text(end),
                },
            )
            items = document.get("events") or []
            if len(items) >= PAGE_SIZE and step > timedelta(minutes=1):
                step /= 4
                continue  # A full page may hide more: look at a shorter stretch of time.
            for item in items:
                with suppress(answers.UnreadableAnswer):
                    # Events of kinds that we do not know need not be readable.
                    yield answers.event(item)
            since = end


def _subscription(provider_id: str) -> str:
    return f"/v1/billing/subscriptions/{_segment(provider_id)}"


def _segment(text: str) -> str:
    return quote(text, safe="")


def _amount(money: Money) -> dict[str, str]:
    return {"currency_code": money.currency, "value": money.decimal}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
