"""The customer's record of money: every message once, in words."""

from datetime import timedelta

from clarity.billing.service import Taxes
from clarity.checkout.relay import Relay
from clarity.database import Database
from tests.paypal.shop import Shop, paying_settings

ACCOUNT = "11111111-1111-4111-8111-111111111111"


def test_what_happened_is_told_in_words_and_again_after_a_crash_with_the_same_key(tmp_path):
    databases = [
        Database(f"sqlite:///{tmp_path}/{name}.sqlite", package=f"clarity.{name}")
        for name in ("payments", "billing")
    ]
    for database in databases:
        database.upgrade()
    shop = Shop(paying_settings(tmp_path), *databases)
    heard, told = [], {}

    def witness(remark):
        heard.append(remark.once_key)
        if len(heard) == 2:
            raise RuntimeError("the record's database is away")
        told[remark.once_key] = remark

    shop.desk.relay = Relay(
        *databases, taxes=Taxes(), clock=lambda: shop.world.now, witness=witness
    )
    made = shop.desk.subscribe(ACCOUNT, "plus", key=None)
    shop.world.agree(next(iter(shop.world.agreements)))
    for _ in range(3):
        try:
            shop.desk.confirm(ACCOUNT, made.id)
        except RuntimeError:
            continue
    shop.desk.refund(shop.desk.paid(ACCOUNT)[0].id, None, key=None)
    shop.world.broke = True
    shop.world.move(timedelta(days=32))
    shop.desk.reconcile(window=timedelta(days=40))
    shop.desk.cancel(ACCOUNT)
    assert all(remark.account == ACCOUNT for remark in told.values())
    assert len(heard) > len(set(heard)), "after the crash it was told again"
    words = [remark.words for remark in told.values()]
    for needed in (
        "You paid 6.00 USD: Clarity Plus, one month.",
        "6.00 USD was refunded to you.",
        "6.00 USD could not be charged: Clarity Plus, one month.",
        "Your subscription is paused: Clarity Plus, one month.",
        "Your subscription has ended: Clarity Plus, one month.",
    ):
        assert needed in words
    assert any(sentence.startswith("Your subscription renews on") for sentence in words)
    for database in databases:
        database.close()
