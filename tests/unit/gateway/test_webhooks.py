"""Webhooks by REST: registered, told of every step of a case, removed."""

import json

from sqlmodel import select

from clarity.webhooks.tables import CallRow

from .reviewing import opened

URL = {"url": "https://hooks.example.org/clarity"}


def test_every_step_of_a_case_is_queued_for_the_customers_own_webhooks(clarity):
    customer = clarity.member("cara@example.org", plan="pro")
    other = clarity.member("dan@example.org")
    made = customer.call("POST", "/v1/account/webhooks", json=URL).json()
    foreign = other.call("POST", "/v1/account/webhooks", json=URL).json()
    assert len(made["secret"]) == 64
    assert made["secret"] != foreign["secret"]
    case = opened(clarity, customer)
    customer.call("POST", f"/v1/cases/{case['id']}/withdrawal")
    with clarity.members.webhooks.read() as session:
        calls = session.exec(select(CallRow)).all()
    assert {call.webhook_id for call in calls} == {made["id"]}
    events = [json.loads(call.body) for call in calls]
    assert [event["event"] for event in events] == ["case.opened", "case.withdrawn"]
    assert events[1]["data"]["state"] == "withdrawn"
    (listed,) = customer.call("GET", "/v1/account/webhooks").json()
    assert listed["waiting"] == 2
    assert "secret" not in listed
    tried = customer.call("POST", f"/v1/account/webhooks/{made['id']}/test")
    assert tried.json()["waiting"] == 3
    for method, path in (("DELETE", ""), ("POST", "/test")):
        foreign_call = other.call(method, f"/v1/account/webhooks/{made['id']}{path}")
        assert foreign_call.status_code == 404
    exported = customer.call("GET", "/v1/account/export").json()
    assert [hook["id"] for hook in exported["webhooks"]] == [made["id"]]
    assert customer.call("DELETE", f"/v1/account/webhooks/{made['id']}").status_code == 204
    with clarity.members.webhooks.read() as session:
        assert session.exec(select(CallRow)).all() == []


def test_bad_addresses_and_too_many_are_refused(clarity):
    customer = clarity.member("cara@example.org")
    bad = customer.call("POST", "/v1/account/webhooks", json={"url": "https://10.0.0.1/x"})
    assert (bad.status_code, bad.json()["type"]) == (422, "/problems/bad-webhook")
    for _ in range(5):
        assert customer.call("POST", "/v1/account/webhooks", json=URL).status_code == 201
    assert customer.call("POST", "/v1/account/webhooks", json=URL).status_code == 409
