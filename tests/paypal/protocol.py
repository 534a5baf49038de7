"""PayPal's REST interface over the world: paths, documents, tokens, request numbers, errors."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from clarity.money import Money
from tests.paypal.world import (
    Agreement,
    Charge,
    Purchase,
    Refused,
    World,
    capture_document,
    fee_of,
    new_amount,
    text,
)

CLIENT_ID, CLIENT_SECRET = "client", "secret-of-the-app"


@dataclass(frozen=True)
class Answer:
    status: int
    content: Any


Handler = Callable[..., Any]


class Protocol:
    """Answers requests. A request that was seen before under its number is not carried out
    again: its first answer is given once more."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.down = False
        self.calls: list[str] = []
        self.bodies: list[str] = []
        self._token = "A21AA-1"
        self._answers: dict[tuple[str, str], Answer] = {}

    def expire_tokens(self) -> None:
        number = int(self._token.rpartition("-")[2])
        self._token = f"A21AA-{number + 1}"

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer a request; header names in lower case."""
        address = urlsplit(target)
        self.calls.append(f"{method} {address.path}")
        self.bodies.append(body.decode())
        if self.down:
            return Answer(503, {"name": "SERVICE_UNAVAILABLE"})
        if address.path == "/v1/oauth2/token":
            return self._give_token(headers)
        if headers.get("authorization") != f"Bearer {self._token}":
            return Answer(401, {"error": "invalid_token"})
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        document = json.loads(body) if body else {}
        number = headers.get("paypal-request-id")
        return self.carry_out(method, address.path, query, document, number)

    def carry_out(
        self, method: str, path: str, query: Mapping[str, str], document: Any, number: str | None
    ) -> Answer:
        """Answer an authorised request."""
        if self.down:
            return Answer(503, {"name": "SERVICE_UNAVAILABLE"})
        key = (path, number or "")
        if number and key in self._answers:
            return self._answers[key]
        answer = self._route(method, path, query, document)
        if number and answer.status < 400:
            self._answers[key] = answer
        return answer

    def _give_token(self, headers: dict[str, str]) -> Answer:
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {known}":
            return Answer(401, {"error": "invalid_client"})
        return Answer(200, {"access_token": self._token, "expires_in": 32400})

    def _route(self, method: str, path: str, query: Mapping[str, str], document: Any) -> Answer:
        for wanted, pattern, handler in ROUTES:
            match = pattern.fullmatch(path)
            if match and method == wanted:
                try:
                    content = handler(self.world, *match.groups(), query, document)
                except Refused as error:
                    details = [{"issue": error.issue}]
                    content = {"name": "REFUSED", "details": details, "links": error.links}
                    return Answer(error.status, content)
                return Answer(204 if content is None else 200, content)
        return Answer(404, {"name": "RESOURCE_NOT_FOUND"})


def _product(world: World, query: Any, document: Any) -> Any:
    return {"id": world.number("PROD-"), "name": document["name"]}


def _plan(world: World, query: Any, document: Any) -> Any:
    price = document["billing_cycles"][0]["pricing_scheme"]["fixed_price"]
    plan_id = world.number("P-")
    world.plans[plan_id] = Money.parse(price["value"], price["currency_code"])
    return {"id": plan_id, "status": "ACTIVE"}


def _subscribe(world: World, query: Any, document: Any) -> Any:
    start = document.get("start_time")
    moment = datetime.fromisoformat(start) if start else world.now
    if start and moment < world.now.replace(microsecond=0):
        raise Refused(400, "INVALID_START_TIME")
    fee = document.get("plan", {}).get("payment_preferences", {}).get("setup_fee")
    context = document["application_context"]
    agreement = Agreement(
        id=world.number("I-"),
        own_id=document["custom_id"],
        price=world.plans[document["plan_id"]],
        fee=Money.parse(fee["value"], fee["currency_code"]) if fee else None,
        start=moment,
        agreed=context["return_url"],
        left=context["cancel_url"],
        updated=world.now,
        created=world.now,
        status_updated=world.now,
    )
    world.agreements[agreement.id] = agreement
    return _agreement_document(world, agreement)


def _subscription(world: World, agreement_id: str, query: Any, document: Any) -> Any:
    return _agreement_document(world, world._agreement(agreement_id))


def _transactions(world: World, agreement_id: str, query: Any, document: Any) -> Any:
    since = datetime.fromisoformat(query["start_time"])
    until = datetime.fromisoformat(query["end_time"])
    charges = world._agreement(agreement_id).charges
    return {"transactions": [_transaction(c) for c in charges if since <= c.at <= until]}


def _cancel(world: World, agreement_id: str, query: Any, document: Any) -> Any:
    return world.cancel(agreement_id)


def _activate(world: World, agreement_id: str, query: Any, document: Any) -> Any:
    return world.activate(agreement_id)


def _charge(world: World, agreement_id: str, query: Any, document: Any) -> Any:
    amount = document["amount"]
    world.charge_outstanding(agreement_id, Money.parse(amount["value"], amount["currency_code"]))
    return {}


def _create_order(world: World, query: Any, document: Any) -> Any:
    unit = document["purchase_units"][0]
    amount = Money.parse(unit["amount"]["value"], unit["amount"]["currency_code"])
    context = document["payment_source"]["paypal"]["experience_context"]
    order = Purchase(
        world.number("O"),
        unit["custom_id"],
        amount,
        agreed=context["return_url"],
        left=context["cancel_url"],
    )
    world.orders[order.id] = order
    return _order_document(world, order)


def _order(world: World, order_id: str, query: Any, document: Any) -> Any:
    return _order_document(world, world._order(order_id))


def _capture(world: World, order_id: str, query: Any, document: Any) -> Any:
    return _order_document(world, world.capture(order_id))


def _refund(world: World, charge_id: str, query: Any, document: Any) -> Any:
    amount = Money.parse(document["amount"]["value"], document["amount"]["currency_code"])
    return world.refund(charge_id, amount, document.get("custom_id", ""))


def _pay_out(world: World, query: Any, document: Any) -> Any:
    amount = document["items"][0]["amount"]
    own_id = document["sender_batch_header"]["sender_batch_id"]
    return world.pay_out(own_id, Money.parse(amount["value"], amount["currency"]))


def _payout(world: World, batch: str, query: Any, document: Any) -> Any:
    return world.payouts[batch]


def _events(world: World, query: Any, document: Any) -> Any:
    since = datetime.fromisoformat(query["start_time"])
    until = datetime.fromisoformat(query["end_time"])
    found = [
        event
        for event in world.events
        if since <= datetime.fromisoformat(event["create_time"]) <= until
    ]
    return {"events": found[: int(query["page_size"])]}


_ID = r"([A-Za-z0-9-]+)"
_AGREEMENT = rf"/v1/billing/subscriptions/{_ID}"
_ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "/v1/catalogs/products", _product),
    ("POST", "/v1/billing/plans", _plan),
    ("POST", "/v1/billing/subscriptions", _subscribe),
    ("GET", _AGREEMENT, _subscription),
    ("GET", f"{_AGREEMENT}/transactions", _transactions),
    ("POST", f"{_AGREEMENT}/cancel", _cancel),
    ("POST", f"{_AGREEMENT}/activate", _activate),
    ("POST", f"{_AGREEMENT}/capture", _charge),
    ("POST", "/v2/checkout/orders", _create_order),
    ("GET", f"/v2/checkout/orders/{_ID}", _order),
    ("POST", f"/v2/checkout/orders/{_ID}/capture", _capture),
    ("POST", f"/v2/payments/captures/{_ID}/refund", _refund),
    ("POST", "/v1/payments/payouts", _pay_out),
    ("GET", f"/v1/payments/payouts/{_ID}", _payout),
    ("GET", "/v1/notifications/webhooks-events", _events),
]
ROUTES = [(method, re.compile(pattern), handler) for method, pattern, handler in _ROUTES]


def _agreement_document(world: World, agreement: Agreement) -> dict[str, Any]:
    billing: dict[str, Any] = {
        "outstanding_balance": {
            "currency_code": agreement.price.currency,
            "value": Money(minor=agreement.outstanding, currency=agreement.price.currency).decimal,
        },
        "failed_payments_count": int(agreement.outstanding > 0),
    }
    if agreement.status == "ACTIVE":
        billing["next_billing_time"] = text(agreement.next_charge)
    if agreement.failed_at and agreement.outstanding:
        billing["last_failed_payment"] = {
            "time": text(agreement.failed_at),
            "amount": new_amount(agreement.price),
        }
    links, known = [], {"subscriber": world.buyer.document}
    if agreement.status == "APPROVAL_PENDING":
        known = {}
        links.append({"rel": "approve", "href": f"{world.page}/agree?ba_token={agreement.id}"})
    return {
        "id": agreement.id,
        "custom_id": agreement.own_id,
        "status": agreement.status,
        "start_time": text(agreement.start),
        "create_time": text(agreement.created),
        "update_time": text(agreement.updated),
        "status_update_time": text(agreement.status_updated),
        "billing_info": billing,
        "links": links,
        **known,
    }


def _transaction(charge: Charge) -> dict[str, Any]:
    return {
        "id": charge.id,
        "status": charge.status,
        "time": text(charge.at),
        "amount_with_breakdown": {
            "gross_amount": new_amount(charge.amount),
            "fee_amount": new_amount(-fee_of(charge)),
        },
    }


def _order_document(world: World, order: Purchase) -> dict[str, Any]:
    unit: dict[str, Any] = {"custom_id": order.own_id}
    if order.charges:
        unit["payments"] = {"captures": [capture_document(c) for c in order.charges]}
    links = [{"rel": "payer-action", "href": f"{world.page}/checkoutnow?token={order.id}"}]
    return {"id": order.id, "status": order.status, "purchase_units": [unit], "links": links}
