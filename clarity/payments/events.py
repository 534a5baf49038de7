"""Events of the provider: dealt with exactly once, whatever way they come.

An event is taken as a hint to look. Charges and refunds in it are complete and never change,
so they are written down as they are; how a subscription or an order stands is asked anew,
for the event may be old.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from clarity.clock import Clock
from clarity.database import Database
from clarity.payments import facts, service
from clarity.payments.messages import PurchaseState
from clarity.payments.paypal import answers
from clarity.payments.paypal.answers import UnreadableAnswer
from clarity.payments.paypal.api import PayPal
from clarity.payments.paypal.connection import ProviderRefused
from clarity.payments.provider import EventTold, Fact, OrderTold
from clarity.payments.rules import LIVE, PENDING, RECENT
from clarity.payments.settlement import Settlement
from clarity.payments.tables import PurchaseRow, SubscriptionRow

log = structlog.get_logger("clarity.payments")

CHARGED = "PAYMENT.SALE.COMPLETED"
CAPTURED = "PAYMENT.CAPTURE.COMPLETED"
AGREED = "CHECKOUT.ORDER.APPROVED"
RETURNED = frozenset(
    {
        "PAYMENT.SALE.REFUNDED",
        "PAYMENT.SALE.REVERSED",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REVERSED",
    }
)
NOT_FOUND = 404
SUBSCRIPTION = "BILLING.SUBSCRIPTION."


class Events:
    """Takes events, and looks for what no event has told."""

    def __init__(
        self, database: Database, paypal: PayPal, settlement: Settlement, clock: Clock
    ) -> None:
        self._database = database
        self._paypal = paypal
        self._settlement = settlement
        self._now = clock

    def take(self, event: EventTold) -> bool:
        """Deal with an event; the second time it changes nothing.

        Returns:
            Whether it was new.

        Raises:
            ProviderUnreachable: it could not be looked into; it must come again.
        """
        with self._database.read() as session:
            if service.is_known_event(session, event.id):
                return False
        try:
            orders, told = self._look(event)
        except ProviderRefused as error:
            if error.answered != NOT_FOUND:
                raise
            orders, told = [], []  # Another shop's of the same PayPal account.
        with self._database.write() as session:
            if not service.claim_event(session, event.id, event.kind, self._now()):
                return False
            self._write(session, orders, told)
        self._settlement.settle()
        return True

    def reconcile(self, *, window: timedelta) -> int:
        """Compare with the provider and repair what is missing here.

        Args:
            window: how far back events are looked for.

        Returns:
            Number of events that had been missed.
        """
        now = self._now()
        events = list(self._paypal.events(since=now - window, until=now + timedelta(minutes=5)))
        missed = sum(self._take_or_pass(event) for event in events)
        for row in self._open_subscriptions(now):
            self._visit(row, now)
        for purchase in self._open_purchases():
            self._visit_purchase(purchase, now)
        self._settlement.settle()
        return missed

    def _take_or_pass(self, event: EventTold) -> bool:
        """One event that cannot be dealt with must not keep the others waiting."""
        try:
            return self.take(event)
        except (ProviderRefused, UnreadableAnswer) as error:
            log.error("event-passed-over", number=event.id, kind=event.kind, reason=error.message)
            return False

    def _look(self, event: EventTold) -> tuple[list[OrderTold], list[Fact]]:
        document = event.resource
        if event.kind == CHARGED:
            charge = answers.sale(document)
            if charge.subscription is None:
                return [], []
            return [], [self._paypal.subscription(charge.subscription), charge]
        if event.kind == CAPTURED:
            captured = answers.capture(document)
            return [], [captured] if captured else []
        if event.kind in RETURNED:
            refund = answers.refund(document)
            # Ours first: they are known by their own number, not by what the event says.
            self._settlement.send_refunds(self._settlement.refunds_of(refund.payment))
            return [], [refund]
        if event.kind == AGREED:
            order = self._agreed(str(document.get("id")))
            return [order] if order else [], []
        if event.kind.startswith(SUBSCRIPTION) and document.get("id"):
            return [], [self._paypal.subscription(str(document["id"]))]
        return [], []

    def _agreed(self, provider_id: str) -> OrderTold | None:
        order = self._paypal.order(provider_id)
        with self._database.read() as session:
            ours = session.get(PurchaseRow, order.own_id)
        if ours is None:
            return None  # Another shop's: not ours to take.
        if order.status == "APPROVED":
            return self._paypal.capture_order(provider_id, number=f"capture-{ours.id}")
        return order

    def _write(self, session: Session, orders: list[OrderTold], told: list[Fact]) -> None:
        for order in orders:
            service.attach_order(session, order.own_id, order)
        for fact in [*told, *(charge for order in orders for charge in order.charges)]:
            if not facts.note(session, fact, self._now()):
                log.warning("not-ours", kind=type(fact).__name__)

    def _open_subscriptions(self, now: datetime) -> Sequence[SubscriptionRow]:
        """Those that may still be charged, and those that ended within the last month."""
        recent = now - RECENT
        query = select(SubscriptionRow).where(
            col(SubscriptionRow.provider_id).is_not(None),
            col(SubscriptionRow.state).in_([*LIVE, *PENDING])
            | (col(SubscriptionRow.told_at) > recent),
        )
        with self._database.read() as session:
            return session.exec(query).all()

    def _visit(self, row: SubscriptionRow, now: datetime) -> None:
        try:
            told = self._settlement.look_at(row)
        except (ProviderRefused, UnreadableAnswer) as error:
            log.error("subscription-passed-over", subscription=row.id, reason=error.message)
            return
        with self._database.write() as session:
            self._write(session, [], told)
            service.give_up(session, row.id, now)

    def _open_purchases(self) -> Sequence[PurchaseRow]:
        query = select(PurchaseRow).where(
            col(PurchaseRow.state) == PurchaseState.APPROVAL_PENDING,
        )
        with self._database.read() as session:
            return session.exec(query).all()

    def _visit_purchase(self, row: PurchaseRow, now: datetime) -> None:
        try:
            order = self._agreed(row.provider_id or "")
        except (ProviderRefused, UnreadableAnswer) as error:
            # PayPal forgets orders that nobody agreed to.
            log.info("order-passed-over", purchase=row.id, reason=error.message)
            order = None
        with self._database.write() as session:
            self._write(session, [order] if order else [], [])
            service.give_up_purchase(session, row.id, now)
