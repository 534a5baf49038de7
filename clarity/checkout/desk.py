"""The checkout: plans, payments and billing brought together.

Neither of the three knows another. What one tells, the desk puts into the words of the next:
a plan becomes a wish at the till, a payment becomes an invoice in the books, what is paid in
the books becomes the plan that holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic_core import from_json

from clarity.billing import history as books
from clarity.checkout.bills import Bills
from clarity.checkout.messages import Offer, PaymentsStatus, Standing
from clarity.checkout.relay import Relay
from clarity.clock import Clock
from clarity.database import Database
from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments import reading
from clarity.payments.events import Events
from clarity.payments.messages import Payment, Purchase, Subscription
from clarity.payments.paypal import answers
from clarity.payments.paypal.api import Returns
from clarity.payments.paypal.signatures import Signatures
from clarity.payments.rules import request_digest, scoped_key
from clarity.payments.service import Order, Wish
from clarity.payments.till import Till
from clarity.plans import table
from clarity.plans.messages import Change, PaidPeriod, Plan
from clarity.plans.rules import change_to, paid_now, plan_now

HOW_TO_SWITCH_ON = (
    "The operator sets CLARITY_PAYPAL_CLIENT_ID, CLARITY_PAYPAL_CLIENT_SECRET and "
    "CLARITY_PAYPAL_WEBHOOK_ID of a PayPal REST app, and CLARITY_PAYPAL_MODE=live for real money."
)


class PaymentsOff(ClarityError):
    """This installation takes no payments."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "payments-off"
    hint = HOW_TO_SWITCH_ON


class PaymentUnderWay(ClarityError):
    """The account has just agreed to a plan whose first payment has not arrived."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "payment-under-way"
    hint = "Wait a few minutes until the payment has arrived, then change the plan."


class UnreadableEvent(ClarityError):
    """What was sent as an event is none."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "unreadable-event"
    hint = "Only PayPal's events are taken here."


@dataclass(frozen=True, slots=True)
class Counter:
    """The part of the desk that takes money; absent where payments are off."""

    till: Till
    events: Events
    signatures: Signatures


class Desk:
    """What accounts do with plans, payments and bills.

    Args:
        payments_database, books: databases of the two services.
        counter: takes money; None where payments are off.
        relay: from the till into the books.
        secret: keys stored idempotency keys.
        mode: of PayPal, as it is shown.
        page: address of the page to which PayPal sends payers back.
        bills: an account's bills.
        clock: the present moment.
    """

    def __init__(
        self,
        payments_database: Database,
        billing_database: Database,
        *,
        counter: Counter | None,
        relay: Relay,
        secret: str,
        mode: str,
        page: str,
        bills: Bills,
        clock: Clock,
    ) -> None:
        self.payments = payments_database
        self.books = billing_database
        self.relay = relay
        self.bills = bills
        self._counter = counter
        self._secret = secret
        self._mode = mode
        self._page = page.rstrip("/")
        self._now = clock

    def offer(self) -> Offer:
        """Everything that can be had, and whether it can be bought here."""
        on = self._counter is not None
        status = PaymentsStatus(
            enabled=on, mode=self._mode, hint="" if on else f"Payments are off. {HOW_TO_SWITCH_ON}"
        )
        return Offer(plans=list(table.PLANS), extras=list(table.EXTRAS), payments=status)

    def standing(self, account: str) -> Standing:
        """What an account has now."""
        now = self._now()
        with self.payments.read() as session:
            row = reading.latest_subscription(session, account)
            shown = reading.describe_subscription(row) if row else None
        periods = self._periods(account, now)
        current = paid_now(periods, now)
        renewing = shown.plan if shown and shown.renews else None
        return Standing(
            plan=plan_now(periods, now, renewing=renewing),
            paid_until=current.end if current else None,
            subscription=shown,
        )

    def paid(self, account: str) -> list[Payment]:
        """What an account has paid, the newest first."""
        with self.payments.read() as session:
            return reading.payments_of(session, account)

    def bought(self, account: str, item: str) -> int:
        """How many of an extra an account has bought and not been refunded."""
        with self.payments.read() as session:
            return reading.bought(session, account, item)

    def plan_of(self, account: str) -> Plan:
        """The plan that holds for an account at this moment."""
        return self.standing(account).plan

    def quote(self, account: str, plan: str) -> Change:
        """What taking a plan now would mean; raises as `subscribe`."""
        self._open_counter()
        return self._change(account, plan, self._now())

    def subscribe(self, account: str, plan: str, *, key: str | None) -> Subscription:
        """Ask for a plan: to start, to change or to resume; the owner has yet to agree.

        Raises:
            PaymentsOff: this installation takes no payments.
            UnknownPlan, NotForSale, SamePlan: the plan cannot be taken.
            PaymentUnderWay: the first payment of the last agreement is awaited.
            PaymentKeyReused, WishGivenUp: the key belongs to another or an older wish.
            ProviderUnreachable, ProviderRefused: nothing is charged.
        """
        till = self._open_counter().till
        stored, digest = self._key(account, "subscribe", key), request_digest("subscribe", plan)
        row = till.known_subscription(stored, digest)
        if row is None:
            asked_at = self._now()
            till.refresh(account)
            self.relay.run()
            change = self._change(account, plan, asked_at)
            row = till.open(_wish(account, change, stored, digest), asked_at)
        row = till.announce(
            row, title=table.find_plan(row.plan).title, returns=self._returns(row.id)
        )
        return reading.describe_subscription(row)

    def confirm(self, account: str, subscription_id: str) -> Subscription:
        """The owner is back from PayPal; raises `SubscriptionNotFound`."""
        row = self._open_counter().till.confirm(account, subscription_id)
        self.relay.run()
        return reading.describe_subscription(row)

    def cancel(self, account: str) -> Standing:
        """Let the subscription end; what is paid stays paid."""
        self._open_counter().till.cancel(account)
        self.relay.run()
        return self.standing(account)

    def retry(self, account: str) -> Subscription:
        """Charge the unpaid month again; raises `NothingOverdue`."""
        row = self._open_counter().till.retry(account)
        self.relay.run()
        return reading.describe_subscription(row)

    def buy(self, account: str, item: str, *, key: str | None) -> Purchase:
        """Ask to buy an extra; the owner has yet to agree. Raises as `subscribe`."""
        till = self._open_counter().till
        extra = table.find_extra(item)
        order = Order(
            account=account,
            item=extra.name,
            amount=extra.price,
            key=self._key(account, "buy", key),
            digest=request_digest("buy", item),
        )
        row = till.buy(order, title=extra.title, returns=self._purchase_returns)
        return reading.describe_purchase(row)

    def collect(self, account: str, purchase_id: str) -> Purchase:
        """The owner is back from PayPal: take the money. Raises `PurchaseNotFound`."""
        row = self._open_counter().till.collect(account, purchase_id)
        self.relay.run()
        return reading.describe_purchase(row)

    def refund(self, payment_id: str, amount: Money | None, *, key: str | None) -> str:
        """Send a payment or a part of it back; gives the refund's identifier."""
        stored = self._key(payment_id, "refund", key)
        refund = self._open_counter().till.refund(payment_id, amount, key=stored)
        self.relay.run()
        return refund

    def pay_out(self, account: str, *, receiver: str, amount: Money, key: str) -> str:
        """Send money to a user, once per key; gives the payout's identifier."""
        stored = scoped_key(self._secret, account, "pay-out", key)
        payout = self._open_counter().till.pay_out(
            account, receiver=receiver, amount=amount, key=stored
        )
        self.relay.run()
        return payout

    def take_event(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Take a webhook of PayPal, once checked; gives whether it was new.

        Raises:
            ForgedEvent: PayPal did not sign it for us.
            UnreadableEvent: it is signed but not readable.
            ProviderUnreachable: it must come again later.
        """
        counter = self._open_counter()
        counter.signatures.check(headers, body)
        try:
            event = answers.event(from_json(body))
        except (ValueError, answers.UnreadableAnswer) as error:
            raise UnreadableEvent("The event cannot be read.") from error
        new = counter.events.take(event)
        self.relay.run()
        return new

    def tend(self) -> None:
        """Take up every step that was lost: deliver, cancel, refund."""
        if self._counter is not None:
            self._counter.till.settlement.settle()
        self.relay.run()

    def reconcile(self, *, window: timedelta) -> int:
        """Compare with PayPal and repair; gives how many events had been missed."""
        missed = self._open_counter().events.reconcile(window=window)
        self.relay.run()
        return missed

    def upgrade(self) -> None:
        """Bring both databases to the newest revision."""
        self.payments.upgrade()
        self.books.upgrade()

    def ping(self) -> None:
        """Raise `sqlalchemy.exc.SQLAlchemyError` unless both databases answer."""
        self.payments.ping()
        self.books.ping()

    def close(self) -> None:
        self.payments.close()
        self.books.close()

    def _change(self, account: str, plan: str, now: datetime) -> Change:
        wanted = table.find_plan(plan)
        with self.payments.read() as session:
            row = reading.current_subscription(session, account)
        paid = paid_now(self._periods(account, now), now)
        if row is not None and paid is None and row.overdue_minor == 0:
            raise PaymentUnderWay("The first payment of this subscription has not arrived.")
        return change_to(wanted, paid=paid, renews=bool(row and row.plan == wanted.name), now=now)

    def _periods(self, account: str, now: datetime) -> list[PaidPeriod]:
        with self.books.read() as session:
            found = books.paid_for(session, account, now)
        return [PaidPeriod(plan=p.what, start=p.start, end=p.end) for p in found]

    def _open_counter(self) -> Counter:
        if self._counter is None:
            raise PaymentsOff("Payments are off.")
        return self._counter

    def _key(self, account: str, use: str, key: str | None) -> str | None:
        return None if key is None else scoped_key(self._secret, account, use, key)

    def _returns(self, subscription_id: str) -> Returns:
        return self._come_back("subscription", subscription_id)

    def _purchase_returns(self, purchase_id: str) -> Returns:
        return self._come_back("purchase", purchase_id)

    def _come_back(self, what: str, own_id: str) -> Returns:
        return Returns(agreed=f"{self._page}/checkout?{what}={own_id}", left=f"{self._page}/plans")


def _wish(account: str, change: Change, key: str | None, digest: str) -> Wish:
    plan = table.find_plan(change.plan)
    later = change.first_regular_charge
    return Wish(
        account=account,
        plan=plan.name,
        price=plan.price,
        # At the start the price itself is due: the provider charges it as the first month.
        fee=change.due_now if later else Money(minor=0, currency=plan.price.currency),
        starts_at=later,
        key=key,
        digest=digest,
    )
