"""Calls of the gateway that are about money: plans, subscriptions, bills.

Every method raises `GatewayError` with a message and a hint.
"""

import uuid
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from apps.gateway_client import Gateway, read_answer
from clarity.billing.messages import History
from clarity.checkout.messages import Offer, Standing
from clarity.payments.messages import Purchase, Subscription
from clarity.plans.messages import Change

M = TypeVar("M", bound=BaseModel)


class Wallet:
    """What a visitor may ask about plans, and a member about their money.

    Args:
        gateway: signed with the member's token, but for strangers.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def offer(self) -> Offer:
        """Every plan, and whether payments are on."""
        return self._ask(Offer, "GET", "plans")

    def standing(self) -> Standing:
        """The plan that holds now, and the subscription behind it."""
        return self._ask(Standing, "GET", "plans/current")

    def quote(self, plan: str) -> Change:
        """What taking a plan would mean now."""
        return self._ask(Change, "GET", f"plans/{quote(plan, safe='')}/quote")

    def subscribe(self, plan: str) -> Subscription:
        """Ask for a plan; nothing is charged until its owner agrees at `approve_url`."""
        return self._ask(Subscription, "POST", "subscriptions", {"plan": plan})

    def confirm(self, subscription_id: str) -> Subscription:
        """Back from PayPal: see what was agreed to."""
        path = f"subscriptions/{quote(subscription_id, safe='')}/confirm"
        return self._ask(Subscription, "POST", path)

    def collect(self, purchase_id: str) -> Purchase:
        """Back from PayPal: pay for what was bought singly."""
        return self._ask(Purchase, "POST", f"purchases/{quote(purchase_id, safe='')}/collect")

    def cancel(self) -> Standing:
        """End the subscription; what is paid can be used until its end."""
        return self._ask(Standing, "POST", "subscriptions/cancel")

    def retry(self) -> Subscription:
        """Charge an unpaid month again."""
        return self._ask(Subscription, "POST", "subscriptions/retry")

    def bills(self) -> History:
        """Invoices with their credit notes, and what will be charged next."""
        return self._ask(History, "GET", "invoices")

    def bill(self, number: str, *, credit_note: bool = False) -> bytes:
        """An invoice or a credit note as PDF."""
        kind = "credit-notes" if credit_note else "invoices"
        return self._gateway.ask("GET", f"/v1/{kind}/{quote(number, safe='')}/pdf").content

    def _ask(self, model: type[M], method: str, path: str, body: object = None) -> M:
        options: dict[str, Any] = {} if body is None else {"json": body}
        if method == "POST":
            options["headers"] = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self._gateway.ask(method, f"/v1/{path}", **options)
        return read_answer(model, answer)
