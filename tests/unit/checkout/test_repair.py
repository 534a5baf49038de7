"""One thing that PayPal refuses, or that nobody can read, keeps nothing else waiting."""

from datetime import timedelta

import pytest

from clarity.database import Database
from tests.paypal.promises import broken
from tests.paypal.shop import Shop, paying_settings
from tests.paypal.world import Refused

ADA, BOB = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "12")


@pytest.fixture
def shop(tmp_path):
    databases = [
        Database(f"sqlite:///{tmp_path}/{name}.sqlite", package=f"clarity.{name}")
        for name in ("payments", "billing")
    ]
    for database in databases:
        database.upgrade()
    yield Shop(paying_settings(tmp_path), *databases)
    for database in databases:
        database.close()


def agreed(shop, account):
    subscription = shop.desk.subscribe(account, "plus", key=None)
    world = shop.world
    (agreement,) = [a for a in world.agreements.values() if a.own_id == subscription.id]
    world.agree(agreement.id)
    return agreement


def test_events_that_cannot_be_read_are_passed_over(shop):
    broken_sale = {"event_type": "PAYMENT.SALE.COMPLETED", "resource": {"id": "S"}}
    odd = {"event_type": "X" * 99, "resource": None}
    for number, event in enumerate((broken_sale, odd)):
        moment = {"id": f"WH-ODD-{number}", "create_time": "2026-01-15T09:30:00Z"}
        shop.world.events.append({**event, **moment})
    agreed(shop, ADA)
    shop.desk.reconcile(window=timedelta(days=1))
    assert shop.desk.plan_of(ADA).name == "plus"
    assert broken(shop.world, shop.payments, shop.books) == []


def test_a_subscription_that_cannot_be_ended_delays_no_other(shop, monkeypatch):
    stuck, other = agreed(shop, ADA), agreed(shop, BOB)
    shop.desk.reconcile(window=timedelta(days=1))
    cancel = shop.world.cancel

    def refuse(agreement_id):
        if agreement_id == stuck.id:
            raise Refused(403, "PERMISSION_DENIED")
        cancel(agreement_id)

    monkeypatch.setattr(shop.world, "cancel", refuse)
    shop.desk.cancel(ADA)
    shop.desk.cancel(BOB)
    shop.desk.tend()
    assert (stuck.status, other.status) == ("ACTIVE", "CANCELLED")
    shop.world.move(timedelta(days=32))
    monkeypatch.undo()
    shop.desk.reconcile(window=timedelta(days=40))
    assert stuck.status == "CANCELLED"
    assert [charge.refunded for charge in stuck.charges] == [0, 600], "it charged once too often"
    assert broken(shop.world, shop.payments, shop.books) == []


def test_another_shops_events_of_the_same_paypal_account_are_left_alone(shop):
    mine = agreed(shop, ADA)
    shop.desk.reconcile(window=timedelta(days=1))
    foreign = {**shop.world.events[-1], "id": "WH-FOREIGN"}
    foreign["resource"] = {
        **foreign["resource"],
        "id": "S-FOREIGN",
        "billing_agreement_id": "I-NOBODY",
    }
    shop.world.events.append(foreign)
    shop.desk.reconcile(window=timedelta(days=1))
    assert [payment.amount for payment in shop.desk.paid(ADA)] == [mine.price]
