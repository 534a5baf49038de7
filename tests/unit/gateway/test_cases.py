"""Requests and disputes by REST, from the customer's word to the signed verdict."""

import base64

import pytest

from clarity.cases.messages import SignedVerdict
from clarity.evidence.canonical import canonical, digest_of
from deployments.rest import casework

from .reviewing import expert, hand_in, opened, queue, scanned


@pytest.fixture
def staffed(installed):
    """An installation with an administrator, two experts, and a customer who may ask."""
    clarity = installed(entrance_limit="100000/minute", address_limit="100000/minute")
    clarity.admin = clarity.member("admin@example.org", role="administrator")
    clarity.ada = expert(clarity, clarity.admin, "ada@example.org")
    clarity.bob = expert(clarity, clarity.admin, "bob@example.org")
    clarity.customer = clarity.member("cara@example.org", plan="pro")
    return clarity


def test_a_dispute_goes_from_the_customers_word_to_a_signed_verdict(staffed):
    case = opened(staffed, staffed.customer)
    assert case["state"] == "assigned"
    assert len({reviewer["expert"] for reviewer in case["reviewers"]}) == 2
    path = f"/v1/cases/{case['id']}"

    (first,), (second,) = queue(staffed.ada), queue(staffed.bob)
    assert hand_in(staffed.ada, first["id"], "real")["state"] == "submitted"
    assert staffed.customer.call("GET", path).json()["state"] == "in-review"
    assert hand_in(staffed.bob, second["id"], "real")["settled"] == "real"

    settled = staffed.customer.call("GET", path).json()
    assert (settled["state"], settled["decision"]) == ("settled", "real")
    what = [line["what"] for line in settled["history"]]
    assert what == [
        "opened",
        "assigned",
        "assigned",
        "begun",
        "submitted",
        "begun",
        "submitted",
        "settled",
    ]

    answer = staffed.customer.call("GET", f"{path}/verdict.json").text
    signed = SignedVerdict.model_validate_json(answer)
    assert signed.digest == digest_of(signed.verdict)
    public = staffed.archive.key.public
    assert public.fits(canonical(signed.verdict), base64.b64decode(signed.signature))
    assert {part.decision for part in signed.verdict.contributions} == {"real"}
    log = staffed.call("GET", "/v1/evidence/log").text
    assert signed.digest in log

    (letter,) = staffed.letters_to("cara@example.org")[1:]
    assert "is settled" in letter["Subject"]
    assert "real" in letter.get_content()
    actions = [line["action"] for line in staffed.admin.call("GET", "/v1/admin/audit").json()]
    for what in ("opened", "assigned", "begun", "submitted", "settled"):
        assert f"case-{what}" in actions


def test_a_third_expert_decides_where_two_differ(staffed):
    case = opened(staffed, staffed.customer)
    (first,), (second,) = queue(staffed.ada), queue(staffed.bob)
    hand_in(staffed.ada, first["id"], "real")
    hand_in(staffed.bob, second["id"], "fake")
    path = f"/v1/cases/{case['id']}"
    assert staffed.customer.call("GET", path).json()["state"] == "second-review"

    eve = expert(staffed, staffed.admin, "eve@example.org")
    (third,) = queue(eve)
    assert third["number"] == 3
    assert [r["decision"] for r in queue(staffed.ada)] == ["real"]
    assert staffed.ada.call("GET", f"/v1/reviews/{first['id']}/reports").json()[0]["review"] == 1
    assert len(staffed.ada.call("GET", f"/v1/reviews/{first['id']}/reports").json()) == 1
    hand_in(eve, third["id"], "fake")
    settled = staffed.customer.call("GET", path).json()
    assert (settled["state"], settled["decision"]) == ("settled", "fake")
    assert len(staffed.ada.call("GET", f"/v1/reviews/{first['id']}/reports").json()) == 3
    subjects = [letter["Subject"] for letter in staffed.letters_to("cara@example.org")]
    assert any("third expert" in subject for subject in subjects)


def test_a_request_has_one_reviewer(staffed):
    case = opened(staffed, staffed.customer, kind="request")
    held = [(who, queue(who)) for who in (staffed.ada, staffed.bob) if queue(who)]
    ((who, (review,)),) = held
    hand_in(who, review["id"])
    shown = staffed.customer.call("GET", f"/v1/cases/{case['id']}").json()
    assert (shown["state"], shown["decision"]) == ("settled", "fake")


def test_nobody_asks_without_a_plan_or_about_what_is_not_theirs(staffed):
    poor = staffed.member("poor@example.org")
    scan = scanned(staffed, poor)
    refused = poor.call("POST", "/v1/cases", json={"scan_id": scan["id"], "kind": "request"})
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("expert-not-included")
    foreign = staffed.customer.call(
        "POST", "/v1/cases", json={"scan_id": scan["id"], "kind": "request"}
    )
    assert foreign.status_code == 404


def test_an_item_has_one_live_case_and_one_settled_dispute(staffed):
    case = opened(staffed, staffed.customer)
    body = {"scan_id": case["scan_id"], "kind": "request"}
    again = staffed.customer.call("POST", "/v1/cases", json=body)
    assert again.json()["type"].endswith("case-open-already")
    for who in (staffed.ada, staffed.bob):
        hand_in(who, queue(who)[0]["id"])
    settled = staffed.customer.call("POST", "/v1/cases", json=body)
    assert settled.json()["type"].endswith("item-settled")
    verdict = staffed.customer.call("GET", f"/v1/scans/{case['scan_id']}/verdict").json()
    assert verdict["verdict"]["decision"] == "fake"


def test_a_case_waits_for_experts_and_is_manned_by_the_clerk(installed):
    clarity = installed(entrance_limit="100000/minute", address_limit="100000/minute")
    clarity.admin = clarity.member("admin@example.org", role="administrator")
    customer = clarity.member("cara@example.org", plan="pro")
    case = opened(clarity, customer)
    assert case["state"] == "open"
    ada = expert(clarity, clarity.admin, "ada@example.org")
    assert [review["case"] for review in queue(ada)] == [case["id"]]
    casework.tend(clarity.services)
    assert len(queue(ada)) == 1
