"""Random lives of subscriptions, with crashes between any two steps, and what must hold after.

    python -m tests.paypal.sequences --count 10000 [--seed 1]

plays so many lives and stops at the first that breaks a promise, naming its number; the same
seed and number play the same life again. Continuous integration plays a few hundred.
"""

import argparse
import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import select

from clarity.billing.rules import CREDIT_NOTES, INVOICES
from clarity.billing.tables import BillingTable, SeriesRow
from clarity.database import Database
from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments.paypal import answers
from clarity.payments.reading import latest_subscription
from clarity.payments.tables import PaymentRow, PaymentsTable, PurchaseRow
from tests.paypal.promises import broken
from tests.paypal.shop import START, Shop, paying_settings
from tests.paypal.world import World

ACCOUNTS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
PLANS = ("basic", "plus", "pro")


class Crash(BaseException):
    """The process dies here. No handler of the product may catch it."""


class Life:
    """One sequence: steps drawn from `draw`, a crash armed now and then.

    Args:
        draw: gives a whole number from 0 to below its argument.
    """

    def __init__(self, draw: Callable[[int], int], books: "Books") -> None:
        self.draw = draw
        self.books = books
        books.clear()
        books.before_commit = books.after_commit = self.point
        self.fuse = 0
        self.crashes = 0
        self.log: list[str] = []
        self.shop = Shop(books.settings, books.payments, books.billing, around_call=self.point)
        self.seen = 0
        self.waiting: list[dict[str, Any]] = []

    @property
    def world(self) -> World:
        return self.shop.world

    def point(self) -> None:
        """A place between two steps: the process may die here."""
        if self.fuse:
            self.fuse -= 1
            if self.fuse == 0:
                self.crashes += 1
                raise Crash

    def run(self, steps: int) -> None:
        """Live, then let the dust settle."""
        for _ in range(steps):
            self.step()
        self.settle()

    def step(self) -> None:
        name, step = STEPS[self.draw(len(STEPS))]
        self.log.append(name)
        self.fuse = self.draw(25) + 1 if self.draw(3) == 0 else 0
        try:
            step(self)
        except ClarityError as error:
            self.log.append(f"  {error.code}")
        except Crash:
            self.log.append("  crash")
            self.shop.desk = self.shop.new_desk()
        self.fuse = 0
        self.gather()

    def gather(self) -> None:
        """New events wait to be delivered; some never will be."""
        told = self.world.events
        while self.seen < len(told):
            if self.draw(5):
                self.waiting.append(told[self.seen])
            self.seen += 1

    def settle(self) -> None:
        """Deliver late what is left, then do what the cashier does until nothing changes."""
        self.fuse = 0
        self.world.broke = False
        for told in self.waiting:
            self.deliver(told)
        for _ in range(2):
            self.shop.desk.reconcile(window=self.world.now - START + timedelta(days=1))
        self.shop.desk.tend()

    def deliver(self, told: dict[str, Any]) -> None:
        counter = self.shop.desk._counter
        assert counter is not None
        counter.events.take(answers.event(told))
        self.shop.desk.relay.run()

    def account(self) -> str:
        return ACCOUNTS[self.draw(4) == 0]

    # what may happen

    def subscribe(self) -> None:
        account, plan = self.account(), PLANS[self.draw(len(PLANS))]
        key = f"k{self.draw(6)}"
        self.shop.desk.subscribe(account, plan, key=key)

    def agree(self) -> None:
        pending = [a.id for a in self.world.agreements.values() if a.status == "APPROVAL_PENDING"]
        if pending:
            self.world.agree(pending[-1 - self.draw(min(2, len(pending)))])

    def come_back(self) -> None:
        account = self.account()
        with self.books.payments.read() as session:
            row = latest_subscription(session, account)
        if row:
            self.shop.desk.confirm(account, row.id)

    def subscribe_and_agree(self) -> None:
        account, plan = self.account(), PLANS[self.draw(len(PLANS))]
        subscription = self.shop.desk.subscribe(account, plan, key=None)
        own = [a for a in self.world.agreements.values() if a.own_id == subscription.id]
        self.world.agree(own[0].id)
        self.shop.desk.confirm(account, subscription.id)

    def cancel(self) -> None:
        self.shop.desk.cancel(self.account())

    def retry(self) -> None:
        self.shop.desk.retry(self.account())

    def run_dry(self) -> None:
        self.world.broke = not self.world.broke

    def wait(self) -> None:
        self.world.move(timedelta(hours=[1, 20, 24 * 9, 24 * 20, 24 * 32][self.draw(5)]))

    def buy(self) -> None:
        self.shop.desk.buy(self.account(), "expert-report", key=f"b{self.draw(4)}")

    def agree_to_order(self) -> None:
        if self.world.orders:
            self.world.agree_to_order(list(self.world.orders)[-1])

    def collect(self) -> None:
        account = self.account()
        with self.books.payments.read() as session:
            query = select(PurchaseRow.id).where(PurchaseRow.account_id == account)
            found = session.exec(query).all()
        if found:
            self.shop.desk.collect(account, found[self.draw(len(found))])

    def refund(self) -> None:
        with self.books.payments.read() as session:
            found = session.exec(select(PaymentRow)).all()
        if found:
            row = found[self.draw(len(found))]
            part = [None, 1, row.amount_minor // 2][self.draw(3)]
            amount = Money(minor=part, currency="USD") if part else None
            key = [None, f"r{self.draw(3)}"][self.draw(2)]
            self.shop.desk.refund(row.id, amount, key=key)

    def refund_by_hand(self) -> None:
        """The seller refunds on PayPal's own page."""
        found = [c for c in self.world.charges.values() if c.refunded == 0]
        if found:
            charge = found[self.draw(len(found))]
            part = charge.amount.minor if self.draw(2) else 1
            self.world.refund(charge.id, Money(minor=part, currency="USD"), "")

    def pay_out(self) -> None:
        account = self.account()
        self.shop.desk.pay_out(
            account,
            receiver="user@example.org",
            amount=Money(minor=100 + self.draw(3), currency="USD"),
            key=f"p{self.draw(3)}",
        )

    def event_in_order(self) -> None:
        if self.waiting:
            self.deliver(self.waiting.pop(0))

    def event_out_of_order(self) -> None:
        if self.waiting:
            self.deliver(self.waiting.pop(self.draw(len(self.waiting))))

    def event_twice(self) -> None:
        if self.world.events:
            self.deliver(self.world.events[self.draw(len(self.world.events))])

    def tend(self) -> None:
        self.shop.desk.tend()

    def reconcile(self) -> None:
        self.shop.desk.reconcile(window=timedelta(days=3))

    def stumble(self) -> None:
        """PayPal is down for the next step only."""
        self.shop.protocol.down = True
        try:
            self.shop.desk.subscribe(self.account(), "basic", key=None)
        finally:
            self.shop.protocol.down = False


STEPS: list[tuple[str, Callable[[Life], None]]] = [
    (method.__name__, method)
    for method in (
        Life.subscribe,
        Life.subscribe,
        Life.agree,
        Life.agree,
        Life.come_back,
        Life.subscribe_and_agree,
        Life.subscribe_and_agree,
        Life.subscribe_and_agree,
        Life.subscribe_and_agree,
        Life.cancel,
        Life.retry,
        Life.run_dry,
        Life.wait,
        Life.wait,
        Life.wait,
        Life.buy,
        Life.agree_to_order,
        Life.collect,
        Life.refund,
        Life.refund_by_hand,
        Life.pay_out,
        Life.event_in_order,
        Life.event_in_order,
        Life.event_in_order,
        Life.event_out_of_order,
        Life.event_out_of_order,
        Life.event_twice,
        Life.tend,
        Life.reconcile,
        Life.stumble,
    )
]


class Books:
    """The two databases, emptied for every life."""

    def __init__(self, home: Path, **settings: object) -> None:
        self.settings = paying_settings(home, **settings)
        self.payments = Database("sqlite://", package="clarity.payments")
        self.billing = Database("sqlite://", package="clarity.billing")
        self.before_commit: Callable[[], None] = lambda: None
        self.after_commit: Callable[[], None] = lambda: None
        for database, tables in ((self.payments, PaymentsTable), (self.billing, BillingTable)):
            with database.write() as session:
                tables.metadata.create_all(session.connection())
            database.write = self._watched(database.write)  # type: ignore[method-assign]

    def clear(self) -> None:
        self.before_commit = self.after_commit = lambda: None
        for database, tables in ((self.payments, PaymentsTable), (self.billing, BillingTable)):
            with database.write() as session:
                for table in reversed(tables.metadata.sorted_tables):
                    session.connection().execute(table.delete())
        with self.billing.write() as session:
            session.add_all(
                [SeriesRow(name=name, next_number=1) for name in (INVOICES, CREDIT_NOTES)]
            )

    def _watched(self, write: Callable[[], Any]) -> Any:
        @contextmanager
        def watched() -> Any:
            with write() as session:
                yield session
                if session.new or session.dirty or session.deleted:
                    session.flush()
                self.before_commit()
            self.after_commit()

        return watched


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first life")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop early after this long")
    parser.add_argument("--steps", type=int, default=25)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    books = Books(Path(tempfile.mkdtemp()), tax_basis_points=1500)
    began, crashes, charges, refunds, events = time.monotonic(), 0, 0, 0, 0
    lived = 0
    for number in range(options.first, options.first + options.count):
        if time.monotonic() - began > options.seconds:
            break
        lived += 1
        dice = random.Random(f"{options.seed}-{number}")
        life = Life(dice.randrange, books)
        life.run(1 + dice.randrange(options.steps))
        faults = broken(life.world, books.payments, books.billing)
        crashes += life.crashes
        charges += len(life.world.charges)
        refunds += sum(c.refunded > 0 for c in life.world.charges.values())
        events += len(life.world.events)
        if faults:
            print(
                f"life {number} of seed {options.seed} broke {faults}\n  " + "\n  ".join(life.log)
            )
            return 1
    seconds = time.monotonic() - began
    print(
        f"{lived} lives from number {options.first} of seed {options.seed}: "
        f"{crashes} crashes, {charges} charges, {refunds} refunded, {events} events; "
        f"every promise held ({seconds:.0f} s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
