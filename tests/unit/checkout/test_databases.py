"""The checkout on every database that is there; its history up and down with data in place."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from clarity.database import Database
from clarity.payments.paypal import answers
from tests.paypal.promises import broken
from tests.paypal.shop import Shop, paying_settings

ACCOUNTS = [f"{digit * 8}-1111-4111-8111-111111111111" for digit in "123"]
ACCOUNT = ACCOUNTS[0]


@pytest.fixture
def shop(database_url, tmp_path):
    databases = [
        Database(database_url(name), package=f"clarity.{name}") for name in ("payments", "billing")
    ]
    for database in databases:
        database.upgrade()
    yield Shop(paying_settings(tmp_path, tax_basis_points=1500), *databases)
    for database in databases:
        database.close()


def test_a_story_and_its_databases_down_and_up_again(shop):
    world, desk = shop.world, shop.desk
    for plan in ("basic", "pro"):
        made = desk.subscribe(ACCOUNT, plan, key=plan)
        world.agree(next(a.id for a in world.agreements.values() if a.own_id == made.id))
        desk.confirm(ACCOUNT, made.id)
    desk.refund(desk.paid(ACCOUNT)[-1].id, None, key="r")
    desk.pay_out(ACCOUNT, receiver="a@example.org", amount=desk.paid(ACCOUNT)[0].amount, key="p")
    desk.tend()
    assert broken(world, shop.payments, shop.books) == []
    for database in (shop.payments, shop.books):
        with migrating(database) as config:
            command.downgrade(config, "base")
        assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
        database.upgrade()
        with database.read() as session:
            assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def test_events_that_come_to_several_replicas_at_once_count_once(shop):
    world = shop.world
    ours = [shop.desk.subscribe(account, "plus", key=None) for account in ACCOUNTS]
    for agreement in list(world.agreements.values()):
        world.agree(agreement.id)

    def replica(number):
        desk = shop.new_desk()
        for event in random.Random(number).sample(world.events, len(world.events)):
            desk._counter.events.take(answers.event(event))
            desk.relay.run()
        for account, subscription in zip(ACCOUNTS, ours, strict=True):
            desk.confirm(account, subscription.id)

    with ThreadPoolExecutor(4) as replicas:
        list(replicas.map(replica, range(4)))
    shop.desk.tend()
    assert broken(world, shop.payments, shop.books) == []
    for account in ACCOUNTS:
        assert len(shop.desk.paid(account)) == 1
        assert shop.desk.plan_of(account).name == "plus"


@contextmanager
def migrating(database):
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(files(database.package) / "migrations"))
        config.attributes["connection"] = connection
        yield config
