"""Requests and disputes by REST, from the customer's word to the signed verdict."""

import base64
import csv
import io
import threading
from datetime import timedelta

import pytest
from PIL import Image

from clarity.evidence.canonical import canonical, digest_of
from clarity.evidence.verify import check
from clarity.reports.settled import SignedVerdict
from deployments.rest import casework
from train.consented import Gathered, gather
from train.settled import settled_tests

from .conftest import PASSWORD, picture
from .reviewing import expert, form, hand_in, opened, queue, scanned, write


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
    (own,) = staffed.ada.call("GET", f"/v1/reviews/{first['id']}/reports").json()
    assert own["form"]["decision"] == "real"
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


def test_the_outcome_is_there_as_data_on_paper_and_as_a_table(staffed):
    pixels = Image.new("RGB", (64, 48), (90, 80, 70))
    staffed.judge.images = {
        name: encoded(pixels, kind)
        for name, kind in (
            ("face-0.png", "PNG"),
            ("heat-0.png", "PNG"),
            ("frame-0.jpg", "JPEG"),
        )
    }
    case = opened(staffed, staffed.customer, content=picture(13))
    path = f"/v1/cases/{case['id']}"
    for name in ("report.json", "report.pdf", "verdict.json"):
        early = staffed.customer.call("GET", f"{path}/{name}")
        assert early.json()["type"].endswith("not-settled")
    for who in (staffed.ada, staffed.bob):
        hand_in(who, queue(who)[0]["id"])
    told = staffed.customer.call("GET", f"{path}/report.json").json()
    assert [one["form"]["decision"] for one in told["expert_reports"]] == ["fake", "fake"]
    signed = {part["report"] for part in told["signed"]["verdict"]["contributions"]}
    assert {digest_of(report) for report in told["expert_reports"]} == signed
    assert told["automatic"]["label"] == "fake"

    pdf = staffed.customer.call("GET", f"{path}/report.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    public = staffed.archive.key.public
    checked = check(pdf.content, {public.key_id: public})
    assert checked.faults == ()
    assert checked.facts["Experts' verdict"].startswith("fake")

    table = staffed.customer.call("GET", "/v1/cases/export/history.csv")
    lines = list(csv.DictReader(io.StringIO(table.text)))
    assert [line["what"] for line in lines][-1] == "settled"
    assert lines[-1]["decision"] == "fake"
    assert {line["case"] for line in lines} == {case["id"]}
    stranger = staffed.member("dan@example.org")
    for name in ("", "/report.json", "/report.pdf", "/verdict.json", "/custody"):
        assert stranger.call("GET", path + name).status_code == 404
    assert stranger.call("POST", f"{path}/withdrawal").status_code == 404
    assert len(stranger.call("GET", "/v1/cases/export/history.csv").text.splitlines()) == 1


def test_settled_and_withdrawn_cases_cannot_be_withdrawn(staffed):
    case = opened(staffed, staffed.customer)
    path = f"/v1/cases/{case['id']}/withdrawal"
    assert staffed.customer.call("POST", path).json()["state"] == "withdrawn"
    assert staffed.customer.call("POST", path).status_code == 409
    assert all(review["case_state"] == "withdrawn" for review in queue(staffed.ada))
    again = {"scan_id": case["scan_id"], "kind": "request"}
    assert staffed.customer.call("POST", "/v1/cases", json=again).status_code == 201


def test_plans_give_so_many_and_what_proved_clarity_wrong_is_given_back(staffed):
    plus = staffed.member("plus@example.org", plan="plus")
    first = opened(staffed, plus, content=picture(1))
    for who, review in [(w, r) for w in (staffed.ada, staffed.bob) for r in queue(w)]:
        if review["case"] == first["id"]:
            hand_in(who, review["id"], "real")  # the automatic report says fake
    opened(staffed, plus, kind="request", content=picture(2))
    opened(staffed, plus, kind="request", content=picture(3))
    scan = scanned(staffed, plus, picture(4))
    refused = plus.call("POST", "/v1/cases", json={"scan_id": scan["id"], "kind": "request"})
    assert refused.status_code == 403
    assert "2 reports" in refused.json()["detail"]
    staffed.clock.ahead = timedelta(days=32)
    plus.token = staffed.log_in("plus@example.org").json()["token"]
    assert (
        plus.call("POST", "/v1/cases", json={"scan_id": scan["id"], "kind": "request"}).status_code
        == 201
    )


def test_an_item_that_is_not_kept_is_not_asked_about(staffed):
    staffed.customer.call("PATCH", "/v1/account", json={"zero_retention": True})
    scan = scanned(staffed, staffed.customer, picture(5))
    body = {"scan_id": scan["id"], "kind": "request"}
    answer = staffed.customer.call("POST", "/v1/cases", json=body)
    assert answer.json()["type"].endswith("not-kept")


def test_time_reminds_takes_away_and_escalates(staffed):
    case = opened(staffed, staffed.customer, kind="request")  # two days with the top plan
    ((first, review),) = [(w, r) for w in (staffed.ada, staffed.bob) for r in queue(w)]
    other = staffed.bob if first is staffed.ada else staffed.ada
    staffed.clock.ahead = timedelta(hours=40)
    casework.tend(staffed.services)
    casework.tend(staffed.services)
    subjects = [letter["Subject"] for letter in staffed.letters_to(first.email)]
    assert subjects.count("A review is due soon") == 1
    staffed.clock.ahead = timedelta(hours=49)
    casework.tend(staffed.services)
    assert queue(first) == []
    ((again),) = queue(other)
    assert again["case"] == case["id"]
    assert again["due_at"] > review["due_at"], "who comes late gets time of their own"
    managed = staffed.admin.call("GET", f"/v1/admin/cases/{case['id']}").json()
    assert managed["escalated_at"]
    what = [line["what"] for line in managed["history"]]
    assert what.count("escalated") == 1
    assert "overdue" in what
    shown = staffed.customer.call("GET", f"/v1/cases/{case['id']}").json()
    assert "escalated" not in [line["what"] for line in shown["history"]]
    assert any("late" in one["Subject"] for one in staffed.letters_to("admin@example.org"))


def test_what_a_crash_left_untold_is_told_by_the_clerk(staffed, monkeypatch):
    with monkeypatch.context() as broken:

        def die(*args, **options):
            raise RuntimeError("killed")

        broken.setattr(casework, "_tell", die)
        scan = scanned(staffed, staffed.customer)
        body = {"scan_id": scan["id"], "kind": "request"}
        assert staffed.customer.call("POST", "/v1/cases", json=body).status_code == 500
    (case,) = staffed.customer.call("GET", "/v1/cases").json()
    casework.tend(staffed.services)
    actions = [line["action"] for line in staffed.admin.call("GET", "/v1/admin/audit").json()]
    assert actions.count("case-opened") == 1
    casework.tend(staffed.services)
    actions = [line["action"] for line in staffed.admin.call("GET", "/v1/admin/audit").json()]
    assert actions.count("case-opened") == 1
    activity = staffed.customer.call("GET", "/v1/account/activity?kind=dispute").json()
    assert [one["subject"] for one in activity["activities"]].count(case["id"]) >= 1


def test_experts_earn_once_and_are_paid_once(staffed):
    opened(staffed, staffed.customer)
    hand_in(staffed.ada, queue(staffed.ada)[0]["id"])
    casework.tell(staffed.services)
    dashboard = staffed.ada.call("GET", "/v1/experts/me").json()
    assert dashboard["unpaid"] == {"minor": 150, "currency": "USD"}
    assert dashboard["performance"]["submitted"] == 1
    place = f"/v1/admin/experts/{staffed.ada.account}/payouts"
    made = staffed.admin.call("POST", place).json()
    assert (made["amount"]["minor"], made["reviews"], made["state"]) == (150, 1, "due")
    assert staffed.admin.call("POST", place).status_code == 409
    body = {"reference": "PAYOUT-1"}
    for _ in range(2):
        paid = staffed.admin.call("PUT", f"{place}/{made['id']}", json=body)
        assert paid.json()["state"] == "paid"
    other = staffed.admin.call("PUT", f"{place}/{made['id']}", json={"reference": "PAYOUT-2"})
    assert other.status_code == 409
    (earning,) = staffed.ada.call("GET", "/v1/experts/me/earnings").json()
    assert earning["payout"] == made["id"]


def test_two_who_submit_at_one_moment_settle_once(staffed):
    case = opened(staffed, staffed.customer)
    reviews = [(who, queue(who)[0]["id"]) for who in (staffed.ada, staffed.bob)]
    for who, review in reviews:
        assert write(who, review, form()).status_code == 200
    both = threading.Barrier(2)

    def submit(who, review):
        both.wait(10)
        headers = {"If-Match": '"1"'}
        done.append(who.call("POST", f"/v1/reviews/{review}/submission", headers=headers))

    done = []
    threads = [threading.Thread(target=submit, args=pair) for pair in reviews]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in done] == [200, 200]
    shown = staffed.customer.call("GET", f"/v1/cases/{case['id']}").json()
    assert [line["what"] for line in shown["history"]].count("settled") == 1


def encoded(pixels, kind):
    buffer = io.BytesIO()
    pixels.save(buffer, kind)
    return buffer.getvalue()


def test_a_customer_who_leaves_takes_the_case_along_and_the_verdict_stays(staffed):
    kept = picture(21)
    case = opened(staffed, staffed.customer, content=kept)
    review = queue(staffed.ada)[0]["id"]
    attached = staffed.ada.call(
        "POST", f"/v1/reviews/{review}/attachments", files={"file": ("a.txt", b"figures")}
    ).json()
    assert staffed.archive.store.has(attached["digest"])
    for who in (staffed.ada, staffed.bob):
        hand_in(who, queue(who)[0]["id"])
    exported = staffed.customer.call("GET", "/v1/account/export").json()
    assert [one["id"] for one in exported["cases"]] == [case["id"]]
    body = {"password": PASSWORD}
    assert staffed.customer.call("POST", "/v1/account/erasure", json=body).status_code == 204
    assert not staffed.archive.store.has(attached["digest"])
    assert queue(staffed.ada) == []
    assert staffed.admin.call("GET", f"/v1/admin/cases/{case['id']}").status_code == 404
    again = scanned(staffed, staffed.member("new@example.org"), kept)
    other = staffed.log_in("new@example.org").json()["token"]
    headers = {"Authorization": f"Bearer {other}"}
    verdict = staffed.call("GET", f"/v1/scans/{again['id']}/verdict", headers=headers)
    assert verdict.json()["verdict"]["case"] == case["id"]
    folder = staffed.settings.home / "databases"
    for path in (folder / "cases.sqlite", folder / "cases.sqlite-wal"):
        if path.exists():
            assert b"It is my own recording" not in path.read_bytes()


def test_an_expert_who_leaves_gives_the_review_to_another(staffed):
    case = opened(staffed, staffed.customer, kind="request", content=picture(22))
    ((first, review),) = [(w, r) for w in (staffed.ada, staffed.bob) for r in queue(w)]
    other = staffed.bob if first is staffed.ada else staffed.ada
    write(first, review["id"], form(notes="half a sentence of somebody who"))
    exported = first.call("GET", "/v1/account/export").json()
    assert exported["applications_as_expert"][0]["name"] == "Ada Example"
    answer = first.call("POST", "/v1/account/erasure", json={"password": PASSWORD})
    assert answer.status_code == 204, answer.text
    assert [one["case"] for one in queue(other)] == [case["id"]]
    accounts = [one["account_id"] for one in staffed.admin.call("GET", "/v1/admin/experts").json()]
    assert accounts == [other.account]
    folder = staffed.settings.home / "databases"
    for name in ("cases", "experts"):
        for path in folder.glob(f"{name}.sqlite*"):
            assert b"half a sentence" not in path.read_bytes()
            assert b"Ada Example" not in path.read_bytes() or name == "experts"


def test_settled_verdicts_measure_the_models_and_become_tests(staffed):
    for last, decision in ((240, "fake"), (30, "fake"), (200, "real")):
        opened(staffed, staffed.customer, kind="request", content=picture(last))
        ((who, review),) = [
            (w, r) for w in (staffed.ada, staffed.bob) for r in queue(w) if r["state"] == "assigned"
        ]
        hand_in(who, review["id"], decision)
    (told,) = staffed.admin.call("GET", "/v1/admin/models/accuracy").json()
    assert (told["model"], told["release"], told["settled"]) == ("xception", "r1", 3)
    assert (told["right"], told["missed_fakes"], told["false_fakes"]) == (1, 1, 1)
    with settled_tests(staffed.settings) as found:
        assert sorted(item.fake for item in found.items) == [False, True, True]
        assert all(item.path.read_bytes().startswith(b"\x89PNG") for item in found.items)
        (real,) = [item.key for item in found.items if not item.fake]

    place = f"/v1/admin/items/{real}/truth"
    body = {"decision": "fake", "grounds": "Its maker published the original."}
    assert staffed.admin.call("PUT", place, json=body).status_code == 200
    (told,) = staffed.admin.call("GET", "/v1/admin/models/accuracy").json()
    assert (told["right"], told["false_fakes"]) == (2, 0)
    figures = staffed.admin.call("GET", "/v1/admin/experts/performance").json()
    assert 0 in [one["agreement_with_truth"] for one in figures]
    unknown = staffed.admin.call("PUT", f"/v1/admin/items/{'0' * 64}/truth", json=body)
    assert unknown.status_code == 404


def test_settled_items_are_trained_on_only_while_their_owner_agrees(staffed, tmp_path):
    item = opened(staffed, staffed.customer, kind="request", content=picture(240))
    ((who, review),) = [
        (w, r) for w in (staffed.ada, staffed.bob) for r in queue(w) if r["state"] == "assigned"
    ]
    hand_in(who, review["id"], "fake")
    assert item
    folder, agree = tmp_path / "agreed", {"training_consent": True}
    assert gather(staffed.settings, folder) == Gathered(0, refused=1, gone=0, removed=0)
    assert staffed.customer.call("PATCH", "/v1/account", json=agree).status_code == 200
    assert gather(staffed.settings, folder) == Gathered(1, refused=0, gone=0, removed=0)
    (path,) = folder.rglob("*.png")
    assert (path.parent.name, path.read_bytes()) == ("fake", picture(240))
    withdrawn = {"training_consent": False}
    assert staffed.customer.call("PATCH", "/v1/account", json=withdrawn).status_code == 200
    assert gather(staffed.settings, folder) == Gathered(0, refused=1, gone=0, removed=1)
    assert list(folder.rglob("*.png")) == []


def test_a_suspended_expert_is_replaced(staffed):
    case = opened(staffed, staffed.customer, kind="request")
    ((first, review),) = [(w, r) for w in (staffed.ada, staffed.bob) for r in queue(w)]
    other = staffed.bob if first is staffed.ada else staffed.ada
    place = f"/v1/admin/accounts/{first.account}/suspension"
    assert staffed.admin.call("PUT", place, json={"reason": "A complaint."}).status_code == 200
    casework.tend(staffed.services)
    assert [one["case"] for one in queue(other)] == [case["id"]]
    history = staffed.admin.call("GET", f"/v1/admin/cases/{case['id']}").json()["history"]
    assert [line["what"] for line in history] == ["opened", "assigned", "replaced", "assigned"]
    assert review["id"] != queue(other)[0]["id"]
