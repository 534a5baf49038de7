"""Every route that names an object, tried by everybody else with the owner's identifiers.

To them it must answer just as to an identifier that does not exist.
"""

import re
from datetime import UTC, datetime

import pytest

from tests.paypal.server import Server, Signer

from .conftest import PASSWORD, picture
from .paying import ADA, BOB, ROOT, Paying
from .reviewing import expert, form, queue
from .test_access import ADMINISTRATOR, ANYONE, EXPERT, HISTORY, MEMBER, RULES

NOT_OBJECTS = frozenset({"plan"})
"""Names that are everybody's."""
WELL_FORMED = {
    "POST /v1/scans/{scan_id}/shares": {"hours": 1},
    "POST /v1/reviews/{review_id}/refusal": {"reason": "other"},
    "PUT /v1/reviews/{review_id}/draft": form(),
}
"""Bodies of routes that look at them before they look for the object."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A shop where Ada has one of everything."""
    with Server(datetime(2026, 1, 15, 9, 30, tzinfo=UTC), Signer()) as server:
        shop = Paying(tmp_path_factory.mktemp("shop"), server, entrance_limit="1000000/minute")
        bob = shop.logged_in[BOB]
        others = {
            "stranger": shop,
            "customer": bob,
            "expert": shop.member("expert@example.net", role="expert"),
            "key": bob.with_key("scan", "history"),
        }
        yield shop, others, _possessions(shop)
        shop.close()


def _possessions(shop):
    """Identifiers of Ada's objects, by the names that routes give them."""
    ada = shop.logged_in[ADA]
    with shop.working():
        scan = ada.send(picture(), prefer="wait=10").json()
    place = f"/v1/scans/{scan['id']}"
    share = ada.call("POST", f"{place}/shares", json={"hours": 1}).json()
    key = ada.call("POST", "/v1/account/keys", json={"name": "robot", "scopes": ["scan"]}).json()
    subscription = shop.subscribe("plus")
    (payment,) = shop.ask("GET", "/payments").json()
    wish = {"amount": {"minor": 200, "currency": "USD"}}
    shop.ask("POST", f"/payments/{payment['id']}/refund", ROOT, wish, idempotency_key="r")
    purchase = shop.ask("POST", "/purchases", body={"item": "expert-report"}).json()
    invoices = shop.ask("GET", "/invoices").json()["invoices"]
    hook = ada.call("POST", "/v1/account/webhooks", json={"url": "https://example.com/hook"}).json()
    reviewer = expert(shop, shop.logged_in[ROOT], "reviewer@example.net")
    wish = {"scan_id": scan["id"], "kind": "request", "reason": "It is my own recording."}
    case = ada.call("POST", "/v1/cases", json=wish).json()
    (review,) = queue(reviewer)
    proof = {"file": ("notes.txt", b"What I saw.", "text/plain")}
    place = f"/v1/reviews/{review['id']}/attachments"
    attachment = reviewer.call("POST", place, files=proof).json()
    application = reviewer.call("GET", "/v1/experts/applications").json()[0]
    return {
        "scan_id": scan["id"],
        "name": "face-0.png",
        "share_id": share["id"],
        "key_id": key["id"],
        "subscription_id": subscription["id"],
        "purchase_id": purchase["id"],
        "/invoices": invoices[0]["number"],
        "/credit-notes": invoices[0]["credit_notes"][0]["number"],
        "payment_id": payment["id"],
        "account_id": ada.account,
        "webhook_id": hook["id"],
        "case_id": case["id"],
        "review_id": review["id"],
        "attachment_id": attachment["id"],
        "application_id": application["id"],
        "key": key["key"],
        "token": share["token"],
    }


def object_routes():
    """Routes with an object in their path that are not open to everybody."""
    for name, rule in RULES.items():
        objects = set(re.findall(r"\{(\w+)\}", name)) - NOT_OBJECTS
        if objects and rule in (ANYONE, MEMBER, HISTORY, EXPERT, ADMINISTRATOR):
            yield name


def filled(path, owned, *, real):
    """The path with the owner's identifiers, or with such as nobody has."""

    def identifier(found):
        if "/versions/" in path and found[1] == "number":
            return "1"
        if not real:
            return "none"
        if found[1] == "number":
            return owned["/credit-notes" if "credit-notes" in path else "/invoices"]
        return owned.get(found[1], "0" * 64)

    return re.sub(r"\{(\w+)\}", identifier, path)


def told(answer):
    """What an answer tells, but for the request's number."""
    return answer.status_code, answer.content


@pytest.mark.parametrize("name", sorted(object_routes()))
def test_to_others_an_object_does_not_exist(world, name):
    _, others, owned = world
    method, path = name.split()
    body = {"hours": 1, "reason": "an attack", "role": "administrator", "plan": "pro"}
    body = WELL_FORMED.get(name, body)
    headers = {"If-Match": '"0"'}
    for who, other in others.items():
        real = other.call(method, filled(path, owned, real=True), json=body, headers=headers)
        none = other.call(method, filled(path, owned, real=False), json=body, headers=headers)
        assert real.status_code in (401, 403, 404), (who, real.text)
        assert told(real) == told(none), who


def test_after_all_that_nothing_of_the_owner_has_changed(world):
    """Runs last in this file: the attacks of the others must have done nothing."""
    shop, _, owned = world
    ada = shop.logged_in[ADA]
    assert ada.call("GET", f"/v1/scans/{owned['scan_id']}").status_code == 200
    assert shop.call("GET", f"/v1/shares/{owned['token']}").status_code == 200
    shares = ada.call("GET", f"/v1/scans/{owned['scan_id']}/shares").json()
    assert [share["revoked_at"] for share in shares] == [None]
    headers = {"Authorization": f"Bearer {owned['key']}"}
    assert shop.call("GET", f"/v1/scans/{owned['scan_id']}", headers=headers).status_code == 200
    assert shop.ask("GET", "/plans/current").json()["subscription"]["renews"]
    account = ada.call("GET", "/v1/account").json()
    assert (account["role"], account["second_factor"]) == ("customer", False)
    (payment,) = [one for one in shop.ask("GET", "/payments").json() if one["refunded"]["minor"]]
    assert payment["refunded"]["minor"] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/account/export",
        "/v1/account/scans",
        "/v1/account/activity",
        "/v1/account/activity/export",
        "/v1/account/keys",
        "/v1/invoices",
        "/v1/payments",
        "/v1/plans/current",
        "/v1/sessions",
        "/v1/cases",
        "/v1/account/webhooks",
    ],
)
def test_lists_and_exports_tell_of_nobody_else(world, path):
    shop, _, owned = world
    text = shop.logged_in[BOB].call("GET", path).text
    for name, identifier in owned.items():
        assert name == "name" or identifier not in text, name
    assert "ada@" not in text
    assert PASSWORD not in text
