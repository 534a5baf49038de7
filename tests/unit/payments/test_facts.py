"""What the provider tells is written once, in any order, with the same rows in the end."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from clarity.database import Database
from clarity.money import Money
from clarity.payments import facts, outbox, reading, service
from clarity.payments.messages import (
    ChargeFailed,
    PaymentCompleted,
    PaymentRefunded,
    SubscriptionChanged,
    SubscriptionState,
)
from clarity.payments.provider import Charged, Refunded, SubscriptionTold
from clarity.payments.reading import SubscriptionNotFound
from clarity.payments.rules import add_months, month_of
from clarity.payments.service import (
    PaymentKeyReused,
    PaymentNotFound,
    RefundTooLarge,
    Wish,
)
from clarity.payments.tables import PaymentRow, RefundRow

ACCOUNT = "11111111-1111-4111-8111-111111111111"
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def usd(minor):
    return Money(minor=minor, currency="USD")


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/payments.sqlite", package="clarity.payments")
    database.upgrade()
    yield database
    database.close()


def wish(plan="plus", minor=600, key=None, digest="d", account=ACCOUNT, **more):
    given = {"fee": usd(0), "starts_at": None, **more}
    return Wish(account=account, plan=plan, price=usd(minor), key=key, digest=digest, **given)


def opened(database, **options):
    with database.write() as session:
        row = service.open_subscription(session, wish(**options), NOW)
        facts.note(session, told(row, SubscriptionState.APPROVAL_PENDING, NOW), NOW)
        return row


def told(row, state, at, **more):
    return SubscriptionTold(
        provider_id=f"I-{row.id[:8]}",
        own_id=row.id,
        state=state,
        told_at=at,
        anchor_at=NOW,
        **more,
    )


def charge(row, number="S1", minor=600, at=NOW + HOUR):
    return Charged(
        provider_id=number,
        subscription=f"I-{row.id[:8]}",
        own_id="",
        amount=usd(minor),
        fee=usd(39),
        paid_at=at,
    )


def note(database, *told_facts):
    with database.write() as session:
        return [facts.note(session, fact, NOW) for fact in told_facts]


def happened(database, kind):
    with database.read() as session:
        return [
            envelope.happening
            for envelope in outbox.waiting(session, limit=1000)
            if isinstance(envelope.happening, kind)
        ]


def test_one_key_is_one_wish(database):
    with database.write() as session:
        first = service.open_subscription(session, wish(key="k"), NOW)
    with database.write() as session:
        assert service.open_subscription(session, wish(key="k"), NOW).id == first.id
    with pytest.raises(PaymentKeyReused), database.write() as session:
        service.open_subscription(session, wish(key="k", digest="other"), NOW)


def test_an_account_sees_its_own_only(database):
    row = opened(database)
    with database.read() as session, pytest.raises(SubscriptionNotFound):
        reading.subscription_of(session, "22222222-2222-4222-8222-222222222222", row.id)


def test_a_charge_told_twice_is_one_payment(database):
    row = opened(database)
    note(database, charge(row), charge(row))
    note(database, charge(row))
    (payment,) = happened(database, PaymentCompleted)
    assert (payment.amount, payment.wanted, payment.source) == (usd(600), True, row.id)
    assert payment.begins == datetime(2026, 1, 15, tzinfo=UTC)
    assert payment.ends == datetime(2026, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_telling_does_not_matter(database, order):
    row = opened(database)
    story = [
        told(row, SubscriptionState.ACTIVE, NOW + HOUR, next_charge_at=NOW + 700 * HOUR),
        charge(row),
        Refunded(provider_id="R1", payment="S1", amount=usd(100), refunded_at=NOW + 2 * HOUR),
        told(row, SubscriptionState.CANCELLED, NOW + 3 * HOUR),
    ]
    note(database, *(story[index] for index in order))
    with database.read() as session:
        kept = reading.subscription_of(session, ACCOUNT, row.id)
        (paid,) = reading.payments_of(session, ACCOUNT)
    assert (kept.state, paid.refunded) == (SubscriptionState.CANCELLED, usd(100))
    kinds = [type(h) for h in happened(database, (PaymentCompleted, PaymentRefunded))]
    assert kinds == [PaymentCompleted, PaymentRefunded], "a refund is told after its payment"


def test_what_was_replaced_is_let_go_and_its_later_charges_go_back(database):
    first = opened(database)
    note(database, told(first, SubscriptionState.ACTIVE, NOW), charge(first, "S1", at=NOW))
    end = datetime(2026, 2, 15, tzinfo=UTC)
    second = opened(database, plan="pro", minor=1000, fee=usd(300), starts_at=end)
    note(database, told(second, SubscriptionState.ACTIVE, NOW + 5 * HOUR))
    note(
        database,
        charge(second, "S2", 300, NOW + 5 * HOUR),
        charge(first, "S3", 600, end + HOUR),
        charge(second, "S4", 1000, end + HOUR),
    )
    payments = {p.source + str(p.amount.minor): p for p in happened(database, PaymentCompleted)}
    assert payments[second.id + "300"].partial
    assert payments[second.id + "300"].ends == end
    assert payments[second.id + "1000"].begins == end
    wanted = {row.provider_id: row.wanted for row in rows(database, PaymentRow)}
    assert wanted == {"S1": True, "S2": True, "S3": False, "S4": True}
    (refund,) = rows(database, RefundRow)
    assert (refund.payment_provider_id, refund.amount_minor) == ("S3", 600)


def test_a_wish_that_was_replaced_before_it_was_agreed_to_is_never_kept(database):
    first = opened(database)
    second = opened(database, plan="pro", minor=1000)
    note(database, told(second, SubscriptionState.ACTIVE, NOW + HOUR))
    note(database, told(first, SubscriptionState.ACTIVE, NOW + 2 * HOUR))
    note(database, charge(first, "S1", at=NOW + 2 * HOUR))
    with database.read() as session:
        assert reading.current_subscription(session, ACCOUNT).id == second.id
    (refund,) = rows(database, RefundRow)
    assert refund.payment_provider_id == "S1"


def test_what_was_paid_before_the_end_stays_paid_whatever_the_clocks_say(database):
    row = opened(database)
    ahead = NOW + HOUR
    note(database, told(row, SubscriptionState.ACTIVE, ahead), charge(row, "S1", at=ahead))
    with database.write() as session:
        service.end_subscription(session, ACCOUNT, NOW)
    assert rows(database, RefundRow) == []
    note(database, charge(row, "S2", at=ahead + HOUR))
    assert [refund.payment_provider_id for refund in rows(database, RefundRow)] == ["S2"]


def test_an_upgrade_agreed_to_too_late_is_not_kept(database):
    first = opened(database)
    note(database, told(first, SubscriptionState.ACTIVE, NOW), charge(first, "S1", at=NOW))
    end = datetime(2026, 2, 15, tzinfo=UTC)
    second = opened(database, plan="pro", minor=1000, fee=usd(300), starts_at=end)
    late = NOW + 24 * HOUR
    note(
        database,
        told(second, SubscriptionState.ACTIVE, late, state_since=late),
        charge(second, "S2", 300, late),
    )
    (refund,) = rows(database, RefundRow)
    assert refund.payment_provider_id == "S2"
    with database.read() as session:
        assert reading.current_subscription(session, ACCOUNT).id == first.id


def test_a_wish_left_alone_is_given_up_and_never_kept(database):
    row = opened(database)
    with database.write() as session:
        service.give_up(session, row.id, NOW + HOUR)
        assert reading.subscription_of(session, ACCOUNT, row.id).unwanted_from is None
        service.give_up(session, row.id, NOW + 4 * HOUR)
    note(database, told(row, SubscriptionState.ACTIVE, NOW + 5 * HOUR), charge(row))
    assert [refund.amount_minor for refund in rows(database, RefundRow)] == [600]


def test_of_a_wish_that_nobody_agreed_to_nothing_is_told(database):
    row = opened(database)
    for hours, state in enumerate(
        (SubscriptionState.APPROVAL_PENDING, SubscriptionState.CANCELLED)
    ):
        note(database, told(row, state, NOW + hours * HOUR))
    assert happened(database, SubscriptionChanged) == []
    other = opened(database)
    note(database, told(other, SubscriptionState.ACTIVE, NOW + HOUR))
    note(database, told(other, SubscriptionState.CANCELLED, NOW + 2 * HOUR))
    assert [change.ended for change in happened(database, SubscriptionChanged)] == [False, True]


def test_a_failed_charge_is_told_once(database):
    row = opened(database)
    failed = told(
        row, SubscriptionState.SUSPENDED, NOW + HOUR, overdue=usd(600), failed_at=NOW + HOUR
    )
    note(database, failed, failed)
    (open_,) = happened(database, ChargeFailed)
    assert (open_.amount, open_.begins.day) == (usd(600), 15)
    assert not happened(database, SubscriptionChanged)[-1].ended


def test_what_is_not_ours_is_left_alone(database):
    row = opened(database)
    foreign = SubscriptionTold(
        provider_id="I-OTHER", own_id="nobody", state=SubscriptionState.ACTIVE, told_at=NOW
    )
    stolen = SubscriptionTold(
        provider_id="I-OTHER", own_id=row.id, state=SubscriptionState.ACTIVE, told_at=NOW
    )
    assert note(database, foreign, stolen) == [False, False]
    assert happened(database, SubscriptionChanged) == [], "not even the wish is told of"


def test_refunds_never_exceed_the_payment(database):
    row = opened(database)
    note(database, charge(row))
    (payment,) = rows(database, PaymentRow)

    def ask(amount, key=None):
        with database.write() as session:
            return service.ask_refund(session, payment.id, amount, key=key, now=NOW)

    first = ask(usd(200), "k")
    assert ask(usd(200), "k").id == first.id
    for much in (usd(401), usd(0), usd(-1), Money(minor=1, currency="EUR")):
        with pytest.raises(RefundTooLarge):
            ask(much)
    assert ask(None).amount_minor == 400
    with pytest.raises(RefundTooLarge):
        ask(None)
    with pytest.raises(PaymentNotFound), database.write() as session:
        service.ask_refund(session, "nothing", None, key=None, now=NOW)


def test_an_event_is_claimed_once(database):
    with database.write() as session:
        assert service.claim_event(session, "WH-1", "K", NOW)
        assert not service.claim_event(session, "WH-1", "K", NOW)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(
    lambda m: m.replace(tzinfo=UTC)
)


@given(moments, moments)
def test_a_moment_lies_in_its_month(anchor, moment):
    begins, ends = month_of(anchor, moment)
    assert timedelta(days=27) < ends - begins < timedelta(days=32)
    if moment >= anchor:
        assert begins <= moment < ends


def test_months_end_where_the_calendar_does():
    last = datetime(2026, 1, 31, tzinfo=UTC)
    assert [add_months(last, n).day for n in (1, 2, 13)] == [28, 31, 28]


def rows(database, table):
    with database.read() as session:
        return session.exec(select(table)).all()
