"""What PayPal knows and does: plans, subscriptions, orders, charges, refunds, payouts, events.

Time stands still until a test moves it. Buyers agree, and their money runs out, when a test
says so. Every event is kept, and delivered when a test delivers it.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clarity.money import Money
from clarity.payments.rules import add_months

FEE = 39
"""Minor units that PayPal keeps of every charge."""
PAGE = "https://pay.example"


class Refused(Exception):
    """An error as PayPal answers it."""

    def __init__(self, status: int, issue: str, links: list[dict[str, str]] | None = None) -> None:
        super().__init__(issue)
        self.status = status
        self.issue = issue
        self.links = links or []


@dataclass(frozen=True)
class Buyer:
    """Who pays. PayPal tells the seller, who has no use for it."""

    id: str = "8Q2ZW4VH7L6ME"
    email: str = "buyer@pay.example"
    given_name: str = "Bea"
    surname: str = "Buyersdottir"

    @property
    def document(self) -> dict[str, Any]:
        name = {"given_name": self.given_name, "surname": self.surname}
        return {"payer_id": self.id, "email_address": self.email, "name": name}


@dataclass
class Charge:
    """Money that a buyer paid."""

    id: str
    own_id: str
    subscription: str | None
    amount: Money
    at: datetime
    refunded: int = 0
    fee: int = FEE

    @property
    def status(self) -> str:
        if self.refunded >= self.amount.minor:
            return "REFUNDED"
        return "PARTIALLY_REFUNDED" if self.refunded else "COMPLETED"


@dataclass
class Agreement:
    """A subscription. `agreed` and `left` are where its payer is sent back to."""

    id: str
    own_id: str
    price: Money
    fee: Money | None
    start: datetime
    agreed: str = ""
    left: str = ""
    status: str = "APPROVAL_PENDING"
    updated: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    created: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    status_updated: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    cycles: int = 0
    outstanding: int = 0
    failed_at: datetime | None = None
    charges: list[Charge] = field(default_factory=list)

    @property
    def next_charge(self) -> datetime:
        return add_months(self.start, self.cycles)


@dataclass
class Purchase:
    """An order. `agreed` and `left` are where its payer is sent back to."""

    id: str
    own_id: str
    amount: Money
    agreed: str = ""
    left: str = ""
    status: str = "PAYER_ACTION_REQUIRED"
    charges: list[Charge] = field(default_factory=list)


class World:
    """PayPal with its buyers.

    Args:
        now: the moment at which it begins.
        page: address of the pages on which buyers agree.
    """

    def __init__(self, now: datetime, page: str = PAGE) -> None:
        self.now = now
        self.page = page
        self.buyer = Buyer()
        self.plans: dict[str, Money] = {}
        self.agreements: dict[str, Agreement] = {}
        self.orders: dict[str, Purchase] = {}
        self.charges: dict[str, Charge] = {}
        self.payouts: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.broke = False
        """Whether buyers have no money just now."""
        self.balance = 0
        """Minor units that lie on the seller's account."""
        self._numbers = itertools.count(1)
        self._ticks = itertools.count(1)

    def number(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):010d}"

    # what buyers and time do

    def agree(self, agreement_id: str) -> None:
        """The buyer agrees to a subscription."""
        agreement = self.agreements[agreement_id]
        if agreement.status != "APPROVAL_PENDING":
            return
        if agreement.fee and self.broke:
            self._become(agreement, "CANCELLED")
            return
        agreement.start = max(agreement.start, self.now)
        self._become(agreement, "ACTIVE")
        if agreement.fee:
            self._charge(agreement, agreement.fee)
        self._bill(agreement)

    def agree_to_order(self, order_id: str) -> None:
        """The buyer agrees to an order."""
        order = self.orders[order_id]
        if order.status == "PAYER_ACTION_REQUIRED":
            order.status = "APPROVED"
            self._tell("CHECKOUT.ORDER.APPROVED", {"id": order.id, "status": "APPROVED"})

    def move(self, step: timedelta) -> None:
        """Time passes, and what is due is charged."""
        end = self.now + step
        while True:
            due = [a for a in self.agreements.values() if a.status == "ACTIVE"]
            first = min((a.next_charge for a in due), default=end)
            if first > end:
                break
            self.now = max(self.now, first)
            for agreement in due:
                self._bill(agreement)
            if first == end:
                break
        self.now = end

    # what the seller asks for

    def cancel(self, agreement_id: str) -> None:
        agreement = self._agreement(agreement_id)
        if agreement.status not in ("ACTIVE", "SUSPENDED"):
            raise Refused(422, "SUBSCRIPTION_STATUS_INVALID")
        self._become(agreement, "CANCELLED")

    def activate(self, agreement_id: str) -> None:
        agreement = self._agreement(agreement_id)
        if agreement.status != "SUSPENDED":
            raise Refused(422, "SUBSCRIPTION_STATUS_INVALID")
        while agreement.next_charge <= self.now:
            agreement.cycles += 1  # Months of a suspension are not charged afterwards.
        self._become(agreement, "ACTIVE")

    def charge_outstanding(self, agreement_id: str, amount: Money) -> None:
        agreement = self._agreement(agreement_id)
        if agreement.status not in ("ACTIVE", "SUSPENDED"):
            raise Refused(422, "SUBSCRIPTION_STATUS_INVALID")
        if agreement.outstanding == 0:
            raise Refused(422, "ZERO_OUTSTANDING_BALANCE")
        if self.broke:
            raise Refused(422, "PAYMENT_DENIED")
        agreement.outstanding = 0
        agreement.updated = self._tick()
        self._charge(agreement, amount)

    def capture(self, order_id: str) -> Purchase:
        order = self._order(order_id)
        if order.status == "COMPLETED":
            raise Refused(422, "ORDER_ALREADY_CAPTURED")
        if order.status != "APPROVED":
            raise Refused(422, "ORDER_NOT_APPROVED")
        if self.broke:
            raise Refused(422, "INSTRUMENT_DECLINED")
        order.status = "COMPLETED"
        charge = self._take(order.own_id, None, order.amount)
        order.charges.append(charge)
        self._tell("PAYMENT.CAPTURE.COMPLETED", capture_document(charge))
        return order

    def refund(self, charge_id: str, amount: Money, own_id: str) -> dict[str, Any]:
        charge = self.charges.get(charge_id)
        if charge is None:
            raise Refused(404, "RESOURCE_NOT_FOUND")
        if charge.refunded + amount.minor > charge.amount.minor:
            raise Refused(422, "REFUND_AMOUNT_EXCEEDED")
        charge.refunded += amount.minor
        self.balance -= amount.minor
        document = {
            "id": self.number("R"),
            "status": "COMPLETED",
            "create_time": text(self._tick()),
            "custom_id": own_id,
            "links": [
                {
                    "rel": "up",
                    "href": f"{self.page}/v2/payments/captures/{charge.id}",
                    "method": "GET",
                }
            ],
        }
        if charge.subscription:
            told = {**document, "sale_id": charge.id, "amount": old_amount(amount)}
            told.pop("custom_id")
            self._tell("PAYMENT.SALE.REFUNDED", told)
        else:
            self._tell("PAYMENT.CAPTURE.REFUNDED", {**document, "amount": new_amount(amount)})
        return {**document, "amount": new_amount(amount)}

    def pay_out(self, own_id: str, amount: Money) -> dict[str, Any]:
        for known in self.payouts.values():
            header = known["batch_header"]
            if header["sender_batch_header"]["sender_batch_id"] == own_id:
                link = f"{self.page}/v1/payments/payouts/{header['payout_batch_id']}"
                raise Refused(400, "USER_BUSINESS_ERROR", [{"rel": "self", "href": link}])
        self.balance -= amount.minor
        batch = self.number("B")
        header = {
            "payout_batch_id": batch,
            "batch_status": "SUCCESS",
            "sender_batch_header": {"sender_batch_id": own_id},
            "amount": {"currency": amount.currency, "value": amount.decimal},
            "time_completed": text(self.now),
        }
        items = [{"transaction_status": "SUCCESS"}]
        self.payouts[batch] = {"batch_header": header, "items": items}
        pending = {**header, "batch_status": "PENDING"}
        return {"batch_header": pending}

    def _agreement(self, agreement_id: str) -> Agreement:
        if agreement_id not in self.agreements:
            raise Refused(404, "RESOURCE_NOT_FOUND")
        return self.agreements[agreement_id]

    def _order(self, order_id: str) -> Purchase:
        if order_id not in self.orders:
            raise Refused(404, "RESOURCE_NOT_FOUND")
        return self.orders[order_id]

    def _bill(self, agreement: Agreement) -> None:
        if agreement.status != "ACTIVE" or agreement.next_charge > self.now:
            return
        agreement.cycles += 1
        if not self.broke:
            self._charge(agreement, agreement.price)
            return
        agreement.outstanding += agreement.price.minor
        agreement.failed_at = self._tick()
        agreement.updated = agreement.failed_at
        self._tell("BILLING.SUBSCRIPTION.PAYMENT.FAILED", {"id": agreement.id})
        self._become(agreement, "SUSPENDED")

    def _charge(self, agreement: Agreement, amount: Money) -> None:
        charge = self._take(agreement.own_id, agreement.id, amount)
        agreement.charges.append(charge)
        agreement.updated = charge.at
        self._tell("PAYMENT.SALE.COMPLETED", sale_document(charge))

    def _take(self, own_id: str, subscription: str | None, amount: Money) -> Charge:
        charge = Charge(self.number("S"), own_id, subscription, amount, self._tick())
        self.charges[charge.id] = charge
        self.balance += amount.minor - charge.fee
        return charge

    def _become(self, agreement: Agreement, status: str) -> None:
        agreement.status = status
        agreement.updated = agreement.status_updated = self._tick()
        names = {"ACTIVE": "ACTIVATED"}
        kind = f"BILLING.SUBSCRIPTION.{names.get(status, status)}"
        self._tell(kind, {"id": agreement.id, "status": status, "subscriber": self.buyer.document})

    def _tick(self) -> datetime:
        """The moment, a little later than the last one."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def _tell(self, kind: str, resource: dict[str, Any]) -> None:
        self.events.append(
            {
                "id": self.number("WH-"),
                "event_type": kind,
                "create_time": text(self.now),
                "resource_type": "any",
                "summary": "",
                "resource": resource,
            }
        )


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_amount(amount: Money) -> dict[str, str]:
    return {"currency_code": amount.currency, "value": amount.decimal}


def old_amount(amount: Money) -> dict[str, str]:
    return {"currency": amount.currency, "total": amount.decimal}


def fee_of(charge: Charge) -> Money:
    return Money(minor=charge.fee, currency=charge.amount.currency)


def sale_document(charge: Charge) -> dict[str, Any]:
    fee = fee_of(charge)
    return {
        "id": charge.id,
        "state": "completed",
        "billing_agreement_id": charge.subscription,
        "amount": old_amount(charge.amount),
        "transaction_fee": {"currency": fee.currency, "value": fee.decimal},
        "create_time": text(charge.at),
        "update_time": text(charge.at),
    }


def capture_document(charge: Charge) -> dict[str, Any]:
    return {
        "id": charge.id,
        "status": charge.status,
        "custom_id": charge.own_id,
        "amount": new_amount(charge.amount),
        "seller_receivable_breakdown": {"paypal_fee": new_amount(fee_of(charge))},
        "create_time": text(charge.at),
        "update_time": text(charge.at),
    }
