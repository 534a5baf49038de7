"""The till: steps at the provider and in the database, in an order that survives a crash
between any two of them.

Every wish is committed before the provider hears of it, under a number that makes repeating
it harmless; every answer is written down as a fact; and what is still to be done (end a
subscription, send money back) is a state of the database that `settlement` works off, so that
a step that was lost is taken again by whoever comes next.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from sqlalchemy.exc import IntegrityError

from clarity.clock import Clock
from clarity.database import Database
from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments import facts, reading, service
from clarity.payments.messages import PurchaseState, SubscriptionState
from clarity.payments.paypal.api import PayPal, Returns
from clarity.payments.paypal.connection import ProviderUnreachable
from clarity.payments.provider import Fact, OrderTold
from clarity.payments.service import Order, Wish
from clarity.payments.settlement import Settlement
from clarity.payments.tables import ProviderPlanRow, PurchaseRow, SubscriptionRow


class WishGivenUp(ClarityError):
    """The subscription or purchase was replaced, ended or left alone for too long."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "wish-given-up"
    hint = "Choose the plan again, with a new Idempotency-Key."


class Till:
    """What accounts do with money.

    Args:
        database: of the payment service.
        paypal: the provider.
        clock: the present moment.
    """

    def __init__(self, database: Database, paypal: PayPal, clock: Clock) -> None:
        self.database = database
        self.paypal = paypal
        self.settlement = Settlement(database, paypal, clock)
        self._now = clock

    def known_subscription(self, key: str | None, digest: str) -> SubscriptionRow | None:
        """The subscription that this key made; raises `PaymentKeyReused`."""
        with self.database.read() as session:
            return service.by_key(session, SubscriptionRow, key, digest)

    def refresh(self, account: str) -> None:
        """Look at everything of the account that the provider may have changed or charged:
        what is decided next must not overlook a payment whose event is late or lost."""
        with self.database.read() as session:
            rows = reading.open_questions(session, account, self._now())
        for row in rows:
            self._note(self.settlement.look_at(row))

    def open(self, wish: Wish, asked_at: datetime) -> SubscriptionRow:
        """Write a wish down. Nobody else hears of it yet.

        Args:
            asked_at: before the account's payments were looked at.
        """
        with self.database.write() as session:
            return service.open_subscription(session, wish, asked_at)

    def announce(self, row: SubscriptionRow, *, title: str, returns: Returns) -> SubscriptionRow:
        """Let the provider know of a wish; its owner has yet to agree at `approve_url`.

        Twice is one subscription, also after a crash half-way.

        Raises:
            WishGivenUp: a newer wish has replaced it.
            ProviderUnreachable, ProviderRefused: nothing is charged; try again.
        """
        if row.provider_id is not None:
            return row
        if row.unwanted_from is not None or row.state != SubscriptionState.CREATED:
            raise WishGivenUp("This wish was replaced by a newer one.")
        told = self.paypal.create_subscription(
            row.id,
            plan_id=self._provider_plan(row, title),
            fee=Money(minor=row.fee_minor, currency=row.currency),
            starts_at=row.starts_at,
            returns=returns,
        )
        self._note([told])
        return self._subscription(row.account_id, row.id)

    def confirm(self, account: str, subscription_id: str) -> SubscriptionRow:
        """The owner is back from the provider: see what was agreed to.

        Raises:
            SubscriptionNotFound: it is not the account's.
        """
        row = self._subscription(account, subscription_id)
        if row.provider_id is not None:
            self._note(self.settlement.look_at(row))
            self.settlement.settle(account)
        return self._subscription(account, subscription_id)

    def cancel(self, account: str) -> SubscriptionRow | None:
        """Let the account's subscription end; what is paid stays paid."""
        with suppress(ProviderUnreachable):
            # Without it the end is as sure; what was agreed to a moment ago is then refunded.
            self.refresh(account)
        with self.database.write() as session:
            row = service.end_subscription(session, account, self._now())
        self.settlement.settle(account)
        return row and self._subscription(account, row.id)

    def retry(self, account: str) -> SubscriptionRow:
        """Charge the unpaid month again.

        Raises:
            NothingOverdue: every month is paid.
            ProviderRefused: the payment failed again.
        """
        with self.database.write() as session:
            row = service.ask_retry(session, account, self._now())
        provider_id = row.provider_id or ""
        overdue = Money(minor=row.overdue_minor, currency=row.currency)
        # One number per failure: twice the button is once the charge.
        number = f"retry-{row.id}-{row.told_at:%Y%m%d%H%M%S}"
        self.paypal.charge_outstanding(provider_id, overdue, number=number)
        self._note(self.settlement.look_at(row))
        self.settlement.settle(account)
        return self._subscription(account, row.id)

    def buy(self, order: Order, *, title: str, returns: Callable[[str], Returns]) -> PurchaseRow:
        """Ask to buy something singly; its owner has yet to agree at `approve_url`.

        Args:
            order: what is wanted.
            title: for the payer to read.
            returns: where PayPal sends the payer back, by the purchase's identifier.

        Raises:
            PaymentKeyReused, WishGivenUp: the key belongs to another or an older wish.
            ProviderUnreachable, ProviderRefused: nothing is charged; try again.
        """
        with self.database.write() as session:
            row = service.open_purchase(session, order, self._now())
        if row.provider_id is not None:
            return row
        if row.state != PurchaseState.CREATED:
            raise WishGivenUp("This purchase was left alone for too long.")
        told = self.paypal.create_order(
            row.id, title=title, amount=order.amount, returns=returns(row.id)
        )
        with self.database.write() as session:
            service.attach_order(session, row.id, told)
        return self._purchase(order.account, row.id)

    def collect(self, account: str, purchase_id: str) -> PurchaseRow:
        """The owner is back from the provider: take the money that was agreed to.

        Raises:
            PurchaseNotFound: it is not the account's.
        """
        row = self._purchase(account, purchase_id)
        if row.provider_id is not None and row.state != PurchaseState.COMPLETED:
            told = self.paypal.capture_order(row.provider_id, number=f"capture-{row.id}")
            self._note_order(told)
        return self._purchase(account, purchase_id)

    def refund(self, payment_id: str, amount: Money | None, *, key: str | None) -> str:
        """Send a payment or a part of it back; gives the refund's identifier.

        Raises:
            PaymentNotFound, RefundTooLarge, PaymentKeyReused: it cannot be.
        """
        with self.database.write() as session:
            row = service.ask_refund(session, payment_id, amount, key=key, now=self._now())
        self.settlement.send_refunds([row.id])
        return row.id

    def pay_out(self, account: str, *, receiver: str, amount: Money, key: str) -> str:
        """Send money to a user, once per key; gives the payout's identifier."""
        with self.database.write() as session:
            row = service.ask_payout(
                session, account, receiver=receiver, amount=amount, key=key, now=self._now()
            )
        self.settlement.send_payouts([row.id])
        return row.id

    def _provider_plan(self, wish: SubscriptionRow, title: str) -> str:
        key = (wish.plan, wish.price_minor, wish.currency, self.paypal.host)
        with self.database.read() as session:
            known = session.get(ProviderPlanRow, key)
        if known is not None:
            return known.provider_id
        price = Money(minor=wish.price_minor, currency=wish.currency)
        made = self.paypal.create_plan(wish.plan, title, price)
        row = ProviderPlanRow(
            plan=wish.plan,
            price_minor=wish.price_minor,
            currency=wish.currency,
            place=self.paypal.host,
            provider_id=made,
        )
        try:
            with self.database.write() as session:
                session.add(row)
        except IntegrityError:
            return self._provider_plan(wish, title)  # Somebody else was first: theirs counts.
        return made

    def _note(self, told: Sequence[Fact]) -> None:
        with self.database.write() as session:
            for fact in told:
                facts.note(session, fact, self._now())

    def _note_order(self, told: OrderTold) -> None:
        with self.database.write() as session:
            service.attach_order(session, told.own_id, told)
            for charge in told.charges:
                facts.note(session, charge, self._now())

    def _subscription(self, account: str, subscription_id: str) -> SubscriptionRow:
        with self.database.read() as session:
            return reading.subscription_of(session, account, subscription_id)

    def _purchase(self, account: str, purchase_id: str) -> PurchaseRow:
        with self.database.read() as session:
            return reading.purchase_of(session, account, purchase_id)
