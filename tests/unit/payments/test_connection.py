"""PayPal's REST interface over a real socket: tokens, repetition, refusals."""

from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from clarity.money import Money
from clarity.payments.messages import SubscriptionState
from clarity.payments.paypal.api import PayPal, Returns
from clarity.payments.paypal.connection import (
    Connection,
    ProviderRefused,
    ProviderUnauthorised,
    ProviderUnreachable,
)
from tests.paypal.protocol import CLIENT_ID, CLIENT_SECRET
from tests.paypal.server import Server, Signer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RETURNS = Returns("https://clarity.example/back", "https://clarity.example/plans")
USD6 = Money(minor=600, currency="USD")


@pytest.fixture(scope="module")
def signer():
    return Signer()


@pytest.fixture
def server(signer):
    with Server(NOW, signer) as running:
        yield running


def connect(server, secret=CLIENT_SECRET):
    http = httpx.Client(base_url=server.base, trust_env=False)
    return Connection(
        http, client_id=CLIENT_ID, client_secret=SecretStr(secret), pauses=(0.01, 0.01)
    )


@pytest.fixture
def paypal(server):
    connection = connect(server)
    yield PayPal(connection)
    connection.close()


def tokens(server):
    return server.protocol.calls.count("POST /v1/oauth2/token")


def test_a_subscription_from_the_wish_to_its_end(server, paypal):
    plan = paypal.create_plan("plus", "Plus", USD6)
    assert paypal.create_plan("plus", "Plus", USD6) == plan, "the same plan twice is one"
    begin = {"plan_id": plan, "fee": Money(minor=0, currency="USD"), "starts_at": None}
    told = paypal.create_subscription("own-1", **begin, returns=RETURNS)
    again = paypal.create_subscription("own-1", **begin, returns=RETURNS)
    assert told == again
    assert (told.own_id, told.state) == ("own-1", SubscriptionState.APPROVAL_PENDING)
    assert told.approve_url
    server.world.agree(told.provider_id)
    active = paypal.subscription(told.provider_id)
    assert active.state is SubscriptionState.ACTIVE
    assert active.next_charge_at == datetime(2026, 4, 1, tzinfo=UTC)
    (charge,) = paypal.charges(told.provider_id, since=NOW, until=active.next_charge_at)
    assert (charge.amount, charge.fee.minor) == (USD6, 39)
    refund = paypal.refund(charge.provider_id, USD6, number="r1")
    assert paypal.refund(charge.provider_id, USD6, number="r1") == refund
    with pytest.raises(ProviderRefused) as caught:
        paypal.refund(charge.provider_id, USD6, number="r2")
    assert caught.value.issue == "REFUND_AMOUNT_EXCEEDED"
    paypal.cancel_subscription(told.provider_id)
    paypal.cancel_subscription(told.provider_id)
    assert paypal.subscription(told.provider_id).state is SubscriptionState.CANCELLED
    assert tokens(server) == 1


def test_an_order_is_captured_once(server, paypal):
    order = paypal.create_order("own-2", title="A report", amount=USD6, returns=RETURNS)
    unagreed = paypal.capture_order(order.provider_id, number="c0")
    assert (unagreed.status, unagreed.charges) == ("PAYER_ACTION_REQUIRED", ())
    server.world.agree_to_order(order.provider_id)
    first = paypal.capture_order(order.provider_id, number="c1")
    other = paypal.capture_order(order.provider_id, number="c2")
    assert first.charges == other.charges
    assert first.charges[0].own_id == "own-2"
    assert len(server.world.charges) == 1


def test_a_payout_is_sent_once(server, paypal):
    first = paypal.create_payout("own-3", receiver="a@example.org", amount=USD6)
    server.protocol._answers.clear()  # PayPal has forgotten the number, but knows the batch
    again = paypal.create_payout("own-3", receiver="a@example.org", amount=USD6)
    assert (first.provider_id, first.done) == (again.provider_id, None) or again.done
    assert paypal.payout(first.provider_id).done is True
    assert server.world.balance == -600


def test_an_expired_token_is_renewed(server, paypal):
    order = paypal.create_order("own-4", title="t", amount=USD6, returns=RETURNS)
    server.protocol.expire_tokens()
    assert paypal.order(order.provider_id).own_id == "own-4"
    assert tokens(server) == 2


def test_wrong_credentials_are_named_and_never_shown(server):
    with pytest.raises(ProviderUnauthorised) as caught:
        connect(server, "a-wrong-secret").get("/v2/checkout/orders/O1")
    assert "CLARITY_PAYPAL" in caught.value.hint
    assert "a-wrong-secret" not in repr(caught.value)


def test_a_paypal_that_is_down_is_asked_again_and_then_given_up(server, paypal):
    server.protocol.down = True
    with pytest.raises(ProviderUnreachable) as caught:
        paypal.order("O1")
    assert tokens(server) == 3
    assert caught.value.retry_after > 0


def test_nobody_at_the_address():
    http = httpx.Client(base_url="http://127.0.0.1:9", trust_env=False)
    gone = Connection(http, client_id="c", client_secret=SecretStr("s"), pauses=())
    with pytest.raises(ProviderUnreachable):
        gone.get("/")


def test_what_is_not_there_is_refused_with_its_status(paypal):
    with pytest.raises(ProviderRefused) as caught:
        paypal.subscription("I-UNKNOWN")
    assert caught.value.answered == 404
    with pytest.raises(ProviderRefused):
        paypal.order("../../v1/oauth2/token")
