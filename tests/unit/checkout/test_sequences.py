"""Random lives of subscriptions with crashes between any two steps; the long run is
`python -m tests.paypal.sequences --count 10000`."""

import logging
import random

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from clarity.money import Money
from tests.paypal.promises import broken
from tests.paypal.sequences import ACCOUNTS, Books, Crash, Life


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield Books(tmp_path_factory.mktemp("home"), tax_basis_points=1500)
    structlog.reset_defaults()


def faults(life):
    return broken(life.world, life.books.payments, life.books.billing)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data(), steps=st.integers(1, 20))
def test_books_and_paypal_tell_one_story_whatever_happens(books, data, steps):
    life = Life(lambda sides: data.draw(st.integers(0, sides - 1)), books)
    life.run(steps)
    assert faults(life) == [], life.log


@pytest.mark.parametrize("number", range(60))
def test_lives_of_the_long_run(books, number):
    dice = random.Random(f"ci-{number}")
    life = Life(dice.randrange, books)
    life.run(25)
    assert faults(life) == [], life.log


@pytest.fixture
def life(books):
    """A life in which something was paid, changed, refunded and left unpaid."""
    life = Life(random.Random(7).randrange, books)
    desk, world = life.shop.desk, life.world
    first = desk.subscribe(ACCOUNTS[0], "basic", key=None)
    world.agree(next(a.id for a in world.agreements.values() if a.own_id == first.id))
    desk.confirm(ACCOUNTS[0], first.id)
    desk.refund(desk.paid(ACCOUNTS[0])[0].id, Money(minor=100, currency="USD"), key=None)
    second = desk.subscribe(ACCOUNTS[1], "plus", key=None)
    world.agree(next(a.id for a in world.agreements.values() if a.own_id == second.id))
    desk.confirm(ACCOUNTS[1], second.id)
    life.settle()
    return life


def test_a_crash_at_each_single_step_of_a_subscription_is_healed(books):
    healed, done = 0, False
    for fuse in range(1, 80):
        life = Life(random.Random(1).randrange, books)
        life.fuse, done = fuse, True
        try:
            life.subscribe_and_agree()
        except Crash:
            life.shop.desk, done = life.shop.new_desk(), False
        life.settle()
        assert faults(life) == [], fuse
        healed += not done
        if done:
            break
    assert done
    assert healed > 15, "there are many places to crash at"


@pytest.mark.parametrize(
    ("service", "damage", "fault"),
    [
        ("billing", "UPDATE ledger_posting SET amount_minor = amount_minor + 1", "balance"),
        ("billing", "UPDATE invoice SET number = number + 10", "gap"),
        ("billing", "UPDATE invoice SET payment_id = NULL", "bill"),
        ("payments", "DELETE FROM payment", "charges"),
        ("payments", "UPDATE refund SET amount_minor = 1", "refunds"),
        ("payments", "UPDATE refund SET state = 'requested'", "carried out"),
        ("payments", "UPDATE payment SET wanted = 0", "nobody wanted"),
        ("payments", "UPDATE outbox SET delivered_at = NULL", "delivered"),
        ("payments", "UPDATE subscription SET state = 'cancelled'", "PayPal thinks"),
    ],
)
def test_the_promises_notice_what_is_broken(life, service, damage, fault):
    assert faults(life) == []
    with getattr(life.books, service).write() as session:
        session.execute(text(damage))
    found = faults(life)
    assert any(fault in words for words in found), found


def test_the_promises_notice_money_that_is_missing_or_paid_twice(life):
    life.world.balance += 1
    assert any("PayPal holds" in fault for fault in faults(life))
    life.world.balance -= 1
    agreement = next(iter(life.world.agreements.values()))
    life.world._charge(agreement, agreement.price)
    assert any("charges" in fault for fault in faults(life))
    life.settle()
    with life.books.billing.write() as session:
        session.execute(text("UPDATE invoice SET period_start = '2026-01-15 00:00:00.000000'"))
    assert any("paid twice" in fault for fault in faults(life))
