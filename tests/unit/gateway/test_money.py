"""The money routes over the real checkout, with PayPal's protocol on a real socket."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from clarity.customers import service as customers
from deployments.cashier import run
from tests.paypal.protocol import CLIENT_SECRET
from tests.paypal.server import Server, Signer

from .conftest import PASSWORD
from .paying import ADA, BOB, ROOT, Paying


@pytest.fixture(scope="module")
def signer():
    return Signer()


@pytest.fixture
def server(signer):
    with Server(datetime(2026, 1, 15, 9, 30, tzinfo=UTC), signer) as running:
        yield running


@pytest.fixture
def shop(tmp_path, server):
    shop = Paying(tmp_path / "home", server)
    yield shop
    shop.close()


def test_without_credentials_the_offer_says_how_to_switch_payments_on(clarity):
    offer = clarity.call("GET", "/v1/plans").json()
    assert [plan["name"] for plan in offer["plans"]] == ["free", "basic", "plus", "pro"]
    assert offer["payments"]["enabled"] is False
    assert "CLARITY_PAYPAL_CLIENT_ID" in offer["payments"]["hint"]


def test_to_strangers_every_route_of_an_account_answers_401(clarity):
    document = clarity.call("GET", "/v1/openapi.json").json()
    asked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if operation["tags"][0] not in ("plans", "payments", "billing"):
                continue
            if (method, path) in {("get", "/v1/plans"), ("post", "/v1/payments/events")}:
                continue
            body = {"plan": "plus", "item": "expert-report", "account": ADA}
            answer = clarity.call(
                method.upper(), path, json=body, headers={"authorization": f"Bearer {ADA}"}
            )
            assert answer.status_code == 401, path
            asked += 1
    assert asked == 15
    forged = clarity.call("POST", "/v1/payments/events", json={"id": "WH-1"})
    assert forged.status_code == 503, "payments are off: nothing is taken"


def test_strangers_are_refused_and_customers_cannot_move_money(shop):
    assert shop.ask("GET", "/invoices", who=None).status_code == 401
    assert shop.ask("GET", "/plans/current", who="somebody").status_code == 401
    assert shop.ask("POST", "/payments/x/refund", body={}).status_code == 403
    wish = {
        "account": shop.number(ADA),
        "receiver": "a@b.c",
        "amount": {"minor": 1, "currency": "USD"},
    }
    answer = shop.ask("POST", "/payouts", body=wish, idempotency_key="k")
    assert answer.status_code == 403
    assert shop.server.world.balance == 0


def test_from_free_to_pro_with_bills(shop):
    assert shop.ask("GET", "/plans/current").json()["plan"]["name"] == "free"
    quote = shop.ask("GET", "/plans/plus/quote").json()
    assert (quote["kind"], quote["due_now"]["minor"]) == ("start", 600)
    assert shop.subscribe("plus")["state"] == "active"
    current = shop.ask("GET", "/plans/current").json()
    assert (current["plan"]["name"], current["subscription"]["renews"]) == ("plus", True)
    assert shop.ask("GET", "/plans/plus/quote").json()["type"] == "/problems/same-plan"
    assert shop.ask("GET", "/plans/pro/quote").json()["kind"] == "upgrade"
    shop.subscribe("pro")
    assert shop.ask("GET", "/plans/current").json()["plan"]["name"] == "pro"
    assert sorted(a.status for a in shop.server.world.agreements.values()) == [
        "ACTIVE",
        "CANCELLED",
    ]
    bills = shop.ask("GET", "/invoices").json()
    assert [bill["number"] for bill in bills["invoices"]] == ["CL-000002", "CL-000001"]
    assert bills["upcoming"][0]["total"]["minor"] == 1000
    bill = bills["invoices"][1]
    assert (bill["net"]["minor"], bill["tax"]["minor"], bill["state"]) == (522, 78, "paid")
    assert shop.ask("GET", "/invoices", who=BOB).json() == {"upcoming": [], "invoices": []}
    assert shop.ask("GET", "/invoices/CL-000001", who=BOB).status_code == 404


def test_what_was_paid_stands_in_the_customers_record_until_they_leave(shop):
    shop.subscribe("plus")
    page = shop.ask("GET", "/account/activity").json()["activities"]
    words = [entry["words"] for entry in page if entry["kind"] == "payment"]
    assert words == [
        "You paid 6.00 USD: Clarity Plus, one month.",
        "Your subscription renews on 2026-02-15 for 6.00 USD.",
    ], "and nothing of the wish before it was agreed to"
    gone = shop.number(ADA)
    proof = {"password": PASSWORD}
    assert shop.ask("POST", "/account/erasure", body=proof).status_code < 300
    (agreement,) = shop.server.world.agreements.values()
    assert agreement.status == "CANCELLED", "nobody is charged for an account that is gone"
    shop.server.world.refund(agreement.charges[0].id, agreement.price, "")
    for event in shop.server.world.events:
        assert shop.deliver(event).status_code == 200
    with shop.members.customers.read() as session:
        assert list(customers.every(session, gone, customers.Filters())) == []
    bills = shop.desk.bills.history(gone).invoices
    assert [bill.state for bill in bills] == ["credited"], "the books stay, as the law asks"


def test_who_leaves_before_agreeing_is_never_charged(shop):
    wish = shop.ask("POST", "/subscriptions", body={"plan": "plus"}).json()
    assert wish["state"] == "approval-pending"
    assert shop.ask("POST", "/account/erasure", body={"password": PASSWORD}).status_code < 300
    world = shop.server.world
    world.agree(next(iter(world.agreements)))  # the page at PayPal was still open
    for event in world.events:
        assert shop.deliver(event).status_code == 200
    shop.desk.tend()
    (agreement,) = world.agreements.values()
    assert agreement.status == "CANCELLED"
    assert [c.refunded for c in agreement.charges] == [600], "what it took went back"


def test_an_export_has_plan_payments_and_bills(shop):
    shop.subscribe("plus")
    told = shop.ask("GET", "/account/export").json()
    assert told["plan"]["plan"]["name"] == "plus"
    assert [payment["amount"]["minor"] for payment in told["payments"]] == [600]
    assert [bill["number"] for bill in told["bills"]["invoices"]] == ["CL-000001"]


def test_the_offer_tells_which_seats_of_the_panel_are_taken(shop):
    panel = shop.ask("GET", "/plans", who=None).json()["panel"]
    assert len(panel) == 6
    assert [seat["detectors"] for seat in panel] == [[], [], [], [], [], ["xception"]]


def test_a_bill_and_its_credit_note_are_printed(shop):
    shop.subscribe("plus")
    (payment,) = shop.ask("GET", "/payments").json()
    wish = {"amount": {"minor": 200, "currency": "USD"}}
    path = f"/payments/{payment['id']}/refund"
    refund = shop.ask("POST", path, ROOT, wish, idempotency_key="r")
    assert refund.status_code == 202
    assert shop.ask("POST", path, ROOT, wish, idempotency_key="r").json() == refund.json()
    too_much = shop.ask("POST", path, ROOT, {"amount": {"minor": 500, "currency": "USD"}})
    assert too_much.status_code == 409
    (paid,) = shop.ask("GET", "/payments").json()
    assert paid["refunded"]["minor"] == 200
    printed = shop.ask("GET", "/invoices/CL-000001/pdf")
    assert printed.headers["content-type"] == "application/pdf"
    text = words(printed.content)
    for needed in (
        "CL-000001",
        "Clarity Plus, one month",
        "VAT 15 %",
        "6.00",
        shop.number(ADA),
        "CL-C000001",
    ):
        assert needed in text
    note = words(shop.ask("GET", "/credit-notes/CL-C000001/pdf").content)
    for needed in ("Credit note", "CL-C000001", "CL-000001", "2.00", "0.26"):
        assert needed in note
    for number in ("CL-000002", "000001", "CL-1", "CL-0000001", "CL-00000¹"):
        assert shop.ask("GET", f"/invoices/{number}/pdf").status_code == 404
    assert shop.ask("GET", "/credit-notes/CL-C000001/pdf", who=BOB).status_code == 404


def test_a_signed_event_counts_once_and_a_forged_one_never(shop):
    made = shop.ask("POST", "/subscriptions", body={"plan": "basic"}).json()
    world = shop.server.world
    world.agree(next(iter(world.agreements)))
    *_, paid = world.events
    assert paid["event_type"] == "PAYMENT.SALE.COMPLETED"
    headers, body = shop.server.signed(paid)
    forged = body.replace(b'"3.00"', b'"0.03"')
    assert forged != body
    answer = shop.call("POST", "/v1/payments/events", content=forged, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/forged-event")
    assert shop.ask("GET", "/payments").json() == []
    assert shop.deliver(paid).json() == {"new": True}
    assert shop.deliver(paid).json() == {"new": False}
    assert [p["amount"]["minor"] for p in shop.ask("GET", "/payments").json()] == [300]
    current = shop.ask("GET", "/plans/current").json()
    assert (current["plan"]["name"], current["subscription"]["id"]) == ("basic", made["id"])


def test_events_that_are_none_are_refused(shop):
    for body in (b"", b"[]", b"{", b'{"id": 1}', b'"\xff"', b"null"):
        headers = shop.server.signer.headers(body, base=shop.server.base)
        answer = shop.call("POST", "/v1/payments/events", content=body, headers=headers)
        assert answer.status_code == 400, body
    long = b" " * (256 * 1024 + 1)
    answer = shop.call("POST", "/v1/payments/events", content=long)
    assert answer.status_code == 413
    odd = {"id": "WH-ODD", "event_type": "PAYMENT.SALE.COMPLETED", "resource": {}}
    assert shop.deliver(odd).status_code == 502, "PayPal shall send it again"
    other = {"id": "WH-2", "event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {}}
    assert shop.deliver(other).json() == {"new": True}


def test_one_key_is_one_subscription(shop):
    wish = {"plan": "plus"}
    first = shop.ask("POST", "/subscriptions", body=wish, idempotency_key="k").json()
    assert shop.ask("POST", "/subscriptions", body=wish, idempotency_key="k").json() == first
    clash = shop.ask("POST", "/subscriptions", body={"plan": "pro"}, idempotency_key="k")
    assert clash.status_code == 422
    mine = shop.ask("POST", "/subscriptions", BOB, wish, idempotency_key="k").json()
    assert mine["id"] != first["id"], "keys of two accounts never meet"
    assert shop.ask("POST", f"/subscriptions/{first['id']}/confirm", BOB).status_code == 404


def test_a_failed_month_is_open_until_it_is_paid(shop):
    shop.subscribe("plus")
    world = shop.server.world
    world.broke = True
    world.move(timedelta(days=32))
    shop.desk.reconcile(window=timedelta(days=1))
    bills = shop.ask("GET", "/invoices").json()
    assert [bill["state"] for bill in bills["invoices"]] == ["open", "paid"]
    assert shop.ask("POST", "/subscriptions/retry").status_code == 502
    world.broke = False
    assert shop.ask("POST", "/subscriptions/retry").json()["state"] == "active"
    assert shop.ask("POST", "/subscriptions/retry").status_code == 409
    bills = shop.ask("GET", "/invoices").json()
    assert [bill["state"] for bill in bills["invoices"]] == ["paid", "paid"]


def test_the_cashier_finds_what_no_event_told_also_after_paypal_was_away(shop):
    shop.ask("POST", "/subscriptions", body={"plan": "plus"})
    world, protocol = shop.server.world, shop.server.protocol
    world.agree(next(iter(world.agreements)))
    protocol.down = True
    stop = threading.Event()
    cashier = threading.Thread(
        target=run, args=(shop.desk, stop), kwargs={"pause": 3600, "tend_seconds": 0.05}
    )
    cashier.start()
    try:
        time.sleep(0.3)
        assert shop.ask("GET", "/payments").json() == []
        protocol.down = False
        until = time.monotonic() + 30
        while not shop.ask("GET", "/payments").json() and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        stop.set()
        cashier.join(10)
    assert shop.ask("GET", "/plans/current").json()["plan"]["name"] == "plus"
    assert not cashier.is_alive()


def test_something_is_bought_singly(shop):
    bought = shop.ask("POST", "/purchases", body={"item": "expert-report"}).json()
    collect = f"/purchases/{bought['id']}/collect"
    assert shop.ask("POST", collect).json()["state"] == "approval-pending"
    world = shop.server.world
    world.agree_to_order(next(iter(world.orders)))
    assert shop.ask("POST", collect).json()["state"] == "completed"
    assert shop.ask("POST", collect).json()["state"] == "completed"
    assert len(world.charges) == 1
    assert shop.ask("GET", "/invoices").json()["invoices"][0]["text"] == "One report by an expert"


@pytest.mark.parametrize("minor", [0, -500, 10**9 + 1, 10**30])
def test_amounts_that_nobody_means_are_not_sent(shop, minor):
    shop.subscribe("plus")
    (payment,) = shop.ask("GET", "/payments").json()
    amount = {"minor": minor, "currency": "USD"}
    wish = {"account": shop.number(ADA), "receiver": "a@b.c", "amount": amount}
    assert shop.ask("POST", "/payouts", ROOT, wish, idempotency_key="k").status_code == 422
    refund = shop.ask("POST", f"/payments/{payment['id']}/refund", ROOT, {"amount": amount})
    assert refund.status_code == 422
    assert shop.ask("GET", "/payments").json()[0]["refunded"]["minor"] == 0


def test_a_payout_is_sent_once_and_its_receiver_forgotten(shop):
    wish = {
        "account": shop.number(BOB),
        "receiver": "bob@example.org",
        "amount": {"minor": 500, "currency": "USD"},
    }
    for _ in range(2):
        answer = shop.ask("POST", "/payouts", ROOT, wish, idempotency_key="p")
        assert answer.status_code == 202
    shop.desk.tend()
    assert shop.server.world.balance == -500
    for database in (shop.settings.home / "databases").iterdir():
        assert b"bob@example.org" not in database.read_bytes() or "-wal" in database.name
    assert shop.ask("POST", "/payouts", ROOT, wish).status_code == 422, "it needs a key"


def test_a_paypal_that_is_away_is_said_and_nothing_is_lost(shop):
    shop.server.protocol.down = True
    answer = shop.ask("POST", "/subscriptions", body={"plan": "plus"}, idempotency_key="k")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    shop.server.protocol.down = False
    again = shop.ask("POST", "/subscriptions", body={"plan": "plus"}, idempotency_key="k")
    assert again.status_code == 201
    assert len(shop.server.world.agreements) == 1


@pytest.mark.parametrize(
    "body", [None, {}, {"plan": 1}, {"plan": "x" * 99}, {"plan": "plus", "price": 0}, []]
)
def test_bad_wishes_are_refused(shop, body):
    assert shop.ask("POST", "/subscriptions", body=body).status_code == 422


def test_no_secret_and_no_card_is_kept(shop):
    shop.subscribe("plus")
    assert CLIENT_SECRET not in repr(shop.settings)
    databases = [
        path
        for path in (shop.settings.home / "databases").iterdir()
        if path.name.startswith(("payments", "billing"))
    ]
    assert databases
    kept = b"".join(path.read_bytes() for path in databases)
    for word in (CLIENT_SECRET.encode(), b"A21AA", b"card_number", b"@example"):
        assert word not in kept
    # What PayPal is told names nobody either.
    told = json.dumps(shop.server.protocol.bodies)
    assert shop.number(ADA) not in told


def words(pdf):
    return pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
