"""What an expert may see, write and lose: nothing of others, everything of their own, nothing."""

import json

import pytest

from .conftest import PASSWORD, picture
from .reviewing import expert, form, hand_in, opened, queue, write


@pytest.fixture
def staffed(installed):
    clarity = installed(entrance_limit="100000/minute", address_limit="100000/minute")
    clarity.admin = clarity.member("admin@example.org", role="administrator")
    clarity.ada = expert(clarity, clarity.admin, "ada@example.org")
    clarity.bob = expert(clarity, clarity.admin, "bob@example.org")
    clarity.customer = clarity.member("cara@example.org", plan="pro")
    clarity.case = opened(clarity, clarity.customer)
    clarity.first, clarity.second = queue(clarity.ada)[0]["id"], queue(clarity.bob)[0]["id"]
    return clarity


PATHS = (
    ("GET", ""),
    ("POST", "/start"),
    ("GET", "/draft"),
    ("PUT", "/draft"),
    ("GET", "/versions"),
    ("GET", "/versions/1"),
    ("POST", "/submission"),
    ("GET", "/reports"),
    ("GET", "/media"),
    ("GET", "/images/face-0.png"),
    ("POST", "/attachments"),
    ("GET", "/attachments"),
    ("POST", "/refusal"),
)


def test_an_expert_reaches_nothing_of_a_review_that_is_not_theirs(staffed):
    write(staffed.ada, staffed.first, form(reason="A secret sentence of the first reviewer."))
    bodies = {"/draft": form(), "/refusal": {"reason": "no-time"}}
    for method, path in PATHS:
        answer = staffed.bob.call(
            method,
            f"/v1/reviews/{staffed.first}{path}",
            json=bodies.get(path),
            headers={"If-Match": '"1"'},
        )
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()["type"].endswith("review-not-found"), (method, path)
    everything = staffed.bob.call("GET", f"/v1/reviews/{staffed.second}").text
    assert "secret" not in everything


def test_a_review_tells_nothing_of_the_customer_or_the_other_reviewer(staffed):
    hand_in(staffed.ada, staffed.first, "real")
    seen = staffed.bob.call("GET", f"/v1/reviews/{staffed.second}").text
    seen += json.dumps(queue(staffed.bob))
    seen += staffed.bob.call("GET", f"/v1/reviews/{staffed.second}/reports").text
    name = staffed.ada.call("GET", "/v1/experts/me").json()["expert"]["pseudonym"]
    for hidden in (staffed.customer.account, "cara@example.org", name, staffed.ada.account):
        assert hidden not in seen
    mine = staffed.bob.call("GET", f"/v1/reviews/{staffed.second}").json()
    assert (mine["decision"], mine["settled"]) == (None, None)


def test_two_windows_overwrite_nothing(staffed):
    one = write(staffed.ada, staffed.first, form(notes="from the first window"))
    assert one.headers["ETag"] == '"1"'
    two = write(staffed.ada, staffed.first, form(notes="from the second window"), version=1)
    assert two.headers["ETag"] == '"2"'
    late = write(staffed.ada, staffed.first, form(notes="late", certainty="low"), version=1)
    assert late.status_code == 412
    problem = late.json()
    assert problem["type"].endswith("saved-meanwhile")
    assert problem["changed"] == ["notes"]
    assert problem["current"]["version"] == 2
    assert problem["current"]["form"]["notes"] == "from the second window"
    assert problem["yours"] == {"notes": "late", "certainty": "low"}
    ahead = write(staffed.ada, staffed.first, form(notes="ahead"), version=7)
    assert ahead.status_code == 412
    joined = form(notes="from the second window, late", certainty="low")
    assert write(staffed.ada, staffed.first, joined, version=2).headers["ETag"] == '"3"'
    versions = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/versions").json()
    assert [one["version"] for one in versions] == [3, 2, 1]
    assert versions[0]["changed"] == ["certainty", "notes"]
    first = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/versions/1").json()
    assert first["form"]["notes"] == "from the first window"


def test_saving_the_same_again_is_no_conflict_and_no_version(staffed):
    write(staffed.ada, staffed.first, form())
    again = write(staffed.ada, staffed.first, form())  # the answer was lost, the client repeats
    assert (again.status_code, again.headers["ETag"]) == (200, '"1"')


def test_a_save_must_say_what_it_changes(staffed):
    path = f"/v1/reviews/{staffed.first}/draft"
    for header in ({}, {"If-Match": "*"}, {"If-Match": '"x"'}):
        answer = staffed.ada.call("PUT", path, json=form(), headers=header)
        assert answer.status_code == 428
        assert answer.json()["hint"]


def test_a_long_report_in_any_script_is_saved_whole(staffed):
    long = {"notes": "証" * 20_000, "reason": "й" * 20_000}
    assert write(staffed.ada, staffed.first, form(**long)).status_code == 200
    kept = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/draft").json()
    assert kept["form"]["notes"] == long["notes"]
    too_long = write(staffed.ada, staffed.first, form(notes="x" * 20_001), version=1)
    assert too_long.status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"spatial": {"regions": [{"box": [0.9, 0, 0.2, 0.1]}]}},
        {"spatial": {"regions": [{"box": [0, 0, 0, 0.1]}]}},
        {"temporal": {"spans": [{"start": 3, "end": 2}]}},
        {"sources": [{"title": "x", "url": "javascript:alert(1)"}]},
        {"decision": "perhaps"},
        {"unknown": 1},
    ],
)
def test_a_form_that_cannot_be_is_refused(staffed, wrong):
    assert write(staffed.ada, staffed.first, form() | wrong).status_code == 422


def test_an_incomplete_report_is_not_submitted_and_says_what_is_missing(staffed):
    saved = write(staffed.ada, staffed.first, {"decision": "fake", "reason": "Too short."})
    assert len(saved.json()["missing"]) == 4
    answer = staffed.ada.call(
        "POST", f"/v1/reviews/{staffed.first}/submission", headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 422
    assert "certain" in answer.json()["detail"]
    assert staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/draft").json()["version"] == 1


def test_only_the_version_that_was_seen_is_submitted_and_then_nothing_changes(staffed):
    write(staffed.ada, staffed.first, form())
    write(staffed.ada, staffed.first, form("real"), version=1)
    path = f"/v1/reviews/{staffed.first}"
    unseen = staffed.ada.call("POST", f"{path}/submission", headers={"If-Match": '"1"'})
    assert unseen.status_code == 412
    done = staffed.ada.call("POST", f"{path}/submission", headers={"If-Match": '"2"'})
    assert done.json()["decision"] == "real"
    for answer in (
        write(staffed.ada, staffed.first, form(), version=2),
        staffed.ada.call("POST", f"{path}/submission", headers={"If-Match": '"2"'}),
        staffed.ada.call("POST", f"{path}/refusal", json={"reason": "no-time"}),
        _attach(staffed.ada, staffed.first, "late.txt", b"late"),
    ):
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"].endswith("illegal-step")


def test_text_is_cleaned_of_what_cannot_be_seen(staffed):
    turned = "Not \u202egnihton\u202c here\u0000, and <script>alert(1)</script> is only text."
    write(staffed.ada, staffed.first, form(reason=turned + " " + "x" * 40))
    kept = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/draft").json()["form"]["reason"]
    assert "\u202e" not in kept
    assert "\u0000" not in kept
    assert "<script>" in kept


def test_whoever_gets_the_item_is_written_down_before(staffed):
    media = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/media?use=downloaded")
    assert media.content == picture(240)
    assert media.headers["content-type"] == "image/png"
    assert "attachment" in media.headers["content-disposition"]
    for _ in range(2):
        seen = staffed.bob.call("GET", f"/v1/reviews/{staffed.second}/images/face-0.png")
        assert seen.content == b"\x89PNG face"
    staffed.bob.call("GET", f"/v1/reviews/{staffed.second}/media")
    log = staffed.customer.call("GET", f"/v1/cases/{staffed.case['id']}/custody").json()
    assert log["whole"]
    assert [line["act"] for line in log["lines"]] == ["downloaded", "pictures", "viewed"]
    names = [reviewer["expert"] for reviewer in staffed.case["reviewers"]]
    assert {line["who"] for line in log["lines"]} == set(names)
    managed = staffed.admin.call("GET", f"/v1/admin/cases/{staffed.case['id']}/custody").json()
    assert managed == log
    details = " ".join(
        line["detail"] for line in staffed.admin.call("GET", "/v1/admin/audit").json()
    )
    assert all(line["digest"] in details for line in log["lines"])
    stranger = staffed.member("dan@example.org")
    refused = stranger.call("GET", f"/v1/cases/{staffed.case['id']}/custody")
    assert refused.status_code == 404


def test_a_changed_line_of_custody_is_found(staffed):
    for _ in range(3):
        staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/media")
    with staffed.members.cases.write() as session:
        session.connection().exec_driver_sql("UPDATE custody SET act = 'pictures' WHERE number = 2")
    log = staffed.customer.call("GET", f"/v1/cases/{staffed.case['id']}/custody").json()
    assert (log["whole"], log["first_broken"]) == (False, 2)


def test_the_item_is_closed_once_the_case_is_over_or_the_review_given_back(staffed):
    staffed.bob.call(
        "POST", f"/v1/reviews/{staffed.second}/refusal", json={"reason": "conflict-of-interest"}
    )
    given_back = staffed.bob.call("GET", f"/v1/reviews/{staffed.second}/media")
    assert given_back.status_code == 404
    staffed.customer.call("POST", f"/v1/cases/{staffed.case['id']}/withdrawal")
    over = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/media")
    assert over.status_code == 409
    conflict = staffed.admin.call(
        "PUT", f"/v1/admin/cases/{staffed.case['id']}/reviews/{staffed.bob.account}"
    )
    assert conflict.status_code == 409


def test_what_was_written_stays_readable_after_a_review_was_given_back(staffed):
    write(staffed.ada, staffed.first, form())
    staffed.ada.call("POST", f"/v1/reviews/{staffed.first}/refusal", json={"reason": "no-time"})
    kept = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/versions/1")
    assert kept.json()["form"]["decision"] == "fake"
    assert write(staffed.ada, staffed.first, form("real"), version=1).status_code == 404


def test_attachments_are_checked_by_content_and_served_as_files(staffed):
    made = _attach(staffed.ada, staffed.first, "notes <b>.txt", "Messwerte: é\n1;2".encode())
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["mime"].startswith("text/plain")
    path = f"/v1/reviews/{staffed.first}/attachments/{told['id']}"
    got = staffed.ada.call("GET", path)
    assert got.content == "Messwerte: é\n1;2".encode()
    assert got.headers["content-disposition"].startswith("attachment")
    assert _attach(staffed.ada, staffed.first, "frame.png", picture()).status_code == 201
    for name, content, status in (
        ("fake.png", b"MZ\x90\x00\x03 an executable", 415),
        ("page.html", b"\x00\x01", 415),
        ("clip.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(32), 415),
        ("empty.txt", b"", 400),
        ("huge.txt", b"x" * (10 * 1024**2 + 1), 413),
    ):
        answer = _attach(staffed.ada, staffed.first, name, content)
        assert answer.status_code == status, (name, answer.text)
        problem = answer.json()
        assert problem["hint"]
        if status == 415:
            assert "a picture, a PDF or plain text in UTF-8 may be attached" in problem["detail"]
            assert "video" not in problem["hint"]
    listed = staffed.ada.call("GET", f"/v1/reviews/{staffed.first}/attachments").json()
    assert [one["name"] for one in listed] == ["notes <b>.txt", "frame.png"]
    assert staffed.bob.call("GET", path).status_code == 404
    assert staffed.ada.call("DELETE", path).status_code == 204
    assert staffed.ada.call("GET", path).status_code == 404


def test_a_report_carries_its_attachments_and_only_readers_of_it_get_them(staffed):
    told = _attach(staffed.ada, staffed.first, "frame.png", picture()).json()
    hand_in(staffed.ada, staffed.first)
    other = f"/v1/reviews/{staffed.second}/attachments/{told['id']}"
    assert staffed.bob.call("GET", other).status_code == 404
    hand_in(staffed.bob, staffed.second)
    assert staffed.bob.call("GET", other).content == picture()


def test_an_expert_is_never_asked_about_an_own_case(staffed):
    with staffed.members.accounts.write() as session:
        session.connection().exec_driver_sql("UPDATE account SET plan = 'pro'")
    staffed.ada.token = staffed.log_in("ada@example.org", PASSWORD).json()["token"]
    case = opened(staffed, staffed.ada, content=picture(77))
    assert all(review["case"] != case["id"] for review in queue(staffed.ada))
    by_hand = staffed.admin.call(
        "PUT", f"/v1/admin/cases/{case['id']}/reviews/{staffed.ada.account}"
    )
    assert by_hand.status_code == 409


def _attach(reviewer, review_id, name, content):
    path = f"/v1/reviews/{review_id}/attachments"
    return reviewer.call("POST", path, files={"file": (name, content)})
