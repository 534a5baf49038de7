"""Accounts over HTTP: the whole way in and out, and what is each person's own."""

import csv
import io
from datetime import timedelta

import pyotp
import pytest

from clarity.plans import table
from clarity.plans.table import find_plan
from clarity.scans.rules import Priority
from deployments.rest.housekeeping import sweep

from .conftest import PASSWORD, picture


def test_the_whole_way_from_sign_up_to_logout(installed):
    clarity = installed(customer_panel=("second",))
    answer = clarity.sign_up()
    assert (answer.status_code, answer.content) == (202, b"")
    assert clarity.log_in().json()["type"] == "/problems/not-confirmed"
    assert clarity.confirm().status_code == 201
    token = clarity.log_in().json()["token"]
    assert token not in str(clarity.members.accounts.engine.url)
    headers = {"Authorization": f"Bearer {token}"}
    account = clarity.call("GET", "/v1/account", headers=headers).json()
    assert account["email"] == "ann@example.org"
    assert (account["role"], account["plan"]) == ("customer", "free")
    assert not account["training_consent"], "off until it is switched on"
    with clarity.working():
        scan = clarity.send(picture(), prefer="wait=10", authorization=f"Bearer {token}").json()
    assert scan["state"] == "done"
    history = clarity.call("GET", "/v1/account/scans", headers=headers).json()
    assert [found["id"] for found in history] == [scan["id"]]
    assert clarity.call("DELETE", "/v1/sessions/current", headers=headers).status_code == 204
    gone = clarity.call("GET", "/v1/account", headers=headers)
    assert gone.json()["type"] == "/problems/session-over"


def test_a_plan_decides_panel_and_priority(installed):
    clarity = installed(customer_panel=("second",))
    free, paying = clarity.member("a@example.org"), clarity.member("b@example.org", plan="pro")
    rows = [
        clarity.archive.row(sender.send(picture(n)).json()["id"])
        for n, sender in enumerate((clarity, free, paying))
    ]
    pro = find_plan("pro")
    assert [row.priority for row in rows] == [Priority.FREE, Priority.FREE, pro.priority]
    assert [row.panel for row in rows] == ["xception", "xception", "xception,second"]
    assert [row.account_id for row in rows] == [None, free.account, paying.account]
    with clarity.working():
        for row in rows:
            clarity.finished_for(paying if row.account_id == paying.account else free, row.id)
    assert clarity.judge.panels[0] == ("xception", "second"), "paid work first"


def test_a_plan_has_so_many_scans_a_month(clarity, monkeypatch):
    few = find_plan("basic").model_copy(update={"scans_per_month": 2})
    monkeypatch.setitem(table._BY_NAME, "basic", few)
    ann = clarity.member(plan="basic")
    assert [ann.send(picture(n)).status_code for n in range(3)] == [202, 202, 403]
    refused = ann.send(picture(4)).json()
    assert refused["type"] == "/problems/quota-used-up"
    clarity.clock.ahead = timedelta(days=32)
    ann.token = clarity.log_in().json()["token"]
    assert ann.send(picture(5)).status_code == 202, "next month"
    clarity.clock.ahead = timedelta()
    gone = clarity.member("b@example.org", plan="no-longer-sold")
    assert clarity.archive.row(gone.send(picture(6)).json()["id"]).priority == Priority.FREE


def test_scans_belong_to_their_owner(clarity):
    owner, other = clarity.member("a@example.org"), clarity.member("b@example.org")
    admin = clarity.member("c@example.org", role="administrator")
    with clarity.working():
        scan = owner.send(picture(), prefer="wait=10").json()
    for part in ("", "/events", "/report.json", "/images/face-0.png"):
        path = f"/v1/scans/{scan['id']}{part}"
        assert owner.call("GET", path).status_code == 200, part
        assert admin.call("GET", path).status_code == 200, part
        for stranger in (clarity, other):
            answer = stranger.call("GET", path)
            assert answer.status_code == 404, part
            assert answer.json()["type"] == "/problems/scan-not-found"
    assert other.call("GET", "/v1/account/scans").json() == []
    anonymous = clarity.send(picture()).json()
    assert clarity.call("GET", f"/v1/scans/{anonymous['id']}").status_code == 200


def test_idempotency_keys_of_two_people_never_meet(clarity):
    first, second = clarity.member("a@example.org"), clarity.member("b@example.org")
    ids = {
        person.send(picture(), idempotency_key="k").json()["id"]
        for person in (first, second, first, second)
    }
    assert len(ids) == 2


def test_keys_are_shown_once_scoped_and_revocable(clarity):
    ann = clarity.member()
    answer = ann.call("POST", "/v1/account/keys", json={"name": "robot", "scopes": ["scan"]})
    key = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert key["key"].startswith(key["start"])
    (listed,) = ann.call("GET", "/v1/account/keys").json()
    assert "key" not in listed
    robot = type(ann)(clarity, ann.account, ann.email, key["key"])
    scan = robot.send(picture())
    assert scan.status_code == 202
    assert robot.call("GET", f"/v1/scans/{scan.json()['id']}").status_code == 200
    assert robot.call("GET", "/v1/account/scans").status_code == 403, "another scope"
    for method, path in (("GET", "/v1/account"), ("GET", "/v1/account/keys")):
        assert robot.call(method, path).json()["type"] == "/problems/not-allowed"
    assert ann.call("GET", "/v1/account/keys").json()[0]["last_used_at"]
    other = clarity.member("b@example.org")
    assert other.call("DELETE", f"/v1/account/keys/{key['id']}").status_code == 404
    assert ann.call("DELETE", f"/v1/account/keys/{key['id']}").status_code == 204
    assert robot.send(picture(1)).status_code == 401


def test_the_second_factor_counts_each_code_once(clarity):
    ann = clarity.member()
    begun = ann.call("POST", "/v1/account/second-factor").json()
    assert clarity.log_in().status_code == 201, "not on before a code came back"
    totp = pyotp.TOTP(begun["secret"])
    assert pyotp.parse_uri(begun["uri"]).secret == begun["secret"]
    wrong = ann.call("PUT", "/v1/account/second-factor", json={"code": "000000"})
    assert wrong.json()["type"] == "/problems/second-factor-needed"
    code = totp.at(clarity.clock())
    assert ann.call("PUT", "/v1/account/second-factor", json={"code": code}).json()["second_factor"]
    assert clarity.log_in().json()["type"] == "/problems/second-factor-needed"
    assert clarity.log_in(code=code).status_code == 401, "used already"
    clarity.clock.ahead = timedelta(seconds=60)
    fresh = totp.at(clarity.clock())
    assert clarity.log_in(code=fresh).status_code == 201
    clarity.clock.ahead *= 2
    proof = {"password": PASSWORD, "code": totp.at(clarity.clock())}
    assert not ann.call("POST", "/v1/account/second-factor/removal", json=proof).json()[
        "second_factor"
    ]
    assert clarity.log_in().status_code == 201


def test_activity_can_be_filtered_paged_and_exported(clarity):
    ann = clarity.member()
    for n in range(3):
        ann.send(picture(n), f"=cmd{n}.png")
    page = ann.call("GET", "/v1/account/activity", params={"kind": "scan", "limit": 2}).json()
    assert [a["words"] for a in page["activities"]] == [
        "You handed in =cmd2.png.",
        "You handed in =cmd1.png.",
    ]
    rest = ann.call(
        "GET", "/v1/account/activity", params={"kind": "scan", "after": page["next"]}
    ).json()
    assert len(rest["activities"]) == 1
    assert rest["next"] is None
    found = ann.call("GET", "/v1/account/activity", params={"text": "cmd1"}).json()
    assert len(found["activities"]) == 1
    none = ann.call("GET", "/v1/account/activity", params={"text": "%"}).json()
    assert none["activities"] == [], "a wildcard is only a sign"
    future = ann.call("GET", "/v1/account/activity", params={"since": "2100-01-01T00:00:00"})
    assert future.json()["activities"] == []
    answer = ann.call("GET", "/v1/account/activity/export", params={"kind": "scan"})
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["at", "kind", "subject", "words"]
    assert len(rows) == 4
    as_json = ann.call("GET", "/v1/account/activity/export", params={"form": "json"}).json()
    kinds = {activity["kind"] for activity in as_json["activities"]}
    assert kinds == {"scan", "account", "query"}


def test_downloads_of_reports_are_in_the_owners_record(clarity):
    ann = clarity.member()
    with clarity.working():
        scan = ann.send(picture(), "a.png", prefer="wait=10").json()
    ann.call("GET", f"/v1/scans/{scan['id']}/report.json")
    found = ann.call("GET", "/v1/account/activity", params={"kind": "query"}).json()
    (query,) = found["activities"]
    assert query["words"] == "You downloaded the report on a.png."
    assert query["subject"] == scan["id"]


def test_export_has_everything_and_no_secret(clarity):
    ann = clarity.member()
    ann.with_key("scan")
    with clarity.working():
        scan = ann.send(picture(), prefer="wait=10").json()
    answer = ann.call("GET", "/v1/account/export")
    document = answer.json()
    assert document["account"]["email"] == ann.email
    assert document["scans"][0]["report"] == scan["report"]
    assert len(document["keys"]) == 1
    assert len(document["logins"]) == 2
    assert {"what", "why", "how_long"} == set(document["kept"][0])
    assert document["kept"] == clarity.call("GET", "/v1/privacy").json()
    for secret in ("argon2", ann.token, "digest_of"):
        assert secret not in answer.text


def test_after_erasure_nothing_personal_is_left_in_any_file(clarity):
    ann = clarity.member("ann.unique@example.org")
    other = clarity.member("bob@example.org")
    with clarity.working():
        mine = ann.send(picture(1), "my holiday.png", prefer="wait=10").json()
        ours = ann.send(picture(2), "my holiday too.png", prefer="wait=10").json()
        theirs = other.send(picture(2), prefer="wait=10").json()
    links = [
        ann.call("POST", f"/v1/scans/{scan['id']}/shares", json={"hours": 1}).json()["token"]
        for scan in (mine, ours)
    ]
    ann.call("GET", "/v1/account/export")
    assert ann.call("POST", "/v1/account/erasure", json={"password": "x" * 12}).status_code == 401
    done = ann.call("POST", "/v1/account/erasure", json={"password": PASSWORD})
    assert done.status_code == 204
    assert ann.call("GET", "/v1/account").status_code == 401
    assert clarity.log_in(ann.email).json()["type"] == "/problems/login-refused"
    kept = other.call("GET", f"/v1/scans/{theirs['id']}")
    assert kept.json()["report"], "media that others handed in too stay theirs"
    for link in links:
        assert clarity.call("GET", f"/v1/shares/{link}").status_code == 404
    digest = mine["report"]["media"]["digest"]
    audit = clarity.settings.home / "databases" / "audit.sqlite"
    for path in clarity.settings.home.rglob("*"):
        if not path.is_file() or "mail" in path.parts or path.name.endswith("-shm"):
            continue
        content = path.read_bytes()
        for trace in (b"ann.unique", b"my holiday", digest.encode()):
            assert trace not in content, (path, trace)
        if path != audit and not path.name.startswith("audit"):
            assert ann.account.encode() not in content, path
    assert not any(digest in str(path) for path in clarity.objects())


def test_zero_retention_and_consent_are_the_owners_choice(clarity):
    ann = clarity.member()
    wish = {"training_consent": True, "zero_retention": True}
    account = ann.call("PATCH", "/v1/account", json=wish).json()
    assert account["training_consent"]
    assert account["zero_retention"]
    back = ann.call("PATCH", "/v1/account", json={"training_consent": False}).json()
    assert not back["training_consent"]
    assert back["zero_retention"]
    assert ann.call("PATCH", "/v1/account", json={"role": "administrator"}).status_code == 422


def test_with_zero_retention_nothing_of_a_scan_is_left_after_an_hour(clarity):
    ann, bob = clarity.member(), clarity.member("bob@example.org")
    ann.call("PATCH", "/v1/account", json={"zero_retention": True})
    with clarity.working():
        alone = ann.send(picture(1), "secret.png", prefer="wait=10").json()
        shared = ann.send(picture(2), prefer="wait=10").json()
        kept = bob.send(picture(2), prefer="wait=10").json()
    sweep(clarity.services)
    assert ann.call("GET", f"/v1/scans/{alone['id']}").json()["report"], "within the hour"
    clarity.clock.ahead = timedelta(minutes=61)
    sweep(clarity.services)
    for scan in (alone, shared):
        assert ann.call("GET", f"/v1/scans/{scan['id']}").status_code == 404
    assert bob.call("GET", f"/v1/scans/{kept['id']}").json()["report"]
    digest = alone["report"]["media"]["digest"]
    assert not any(digest in str(path) for path in clarity.objects())
    for path in (clarity.settings.home / "databases").iterdir():
        assert b"secret.png" not in path.read_bytes()
        assert digest.encode() not in path.read_bytes()


@pytest.mark.parametrize(("role", "status"), [("customer", 403), ("expert", 201)])
def test_only_experts_come_in_as_experts(clarity, role, status):
    clarity.member(role=role)
    assert clarity.log_in(role="expert").status_code == status


def test_administrators_named_in_the_settings_become_so_when_confirmed(installed):
    clarity = installed(administrators=("Root@Example.org",))
    clarity.sign_up("root@example.org")
    assert clarity.confirm("root@example.org").json()["account"]["role"] == "administrator"


def test_a_password_change_ends_every_other_session(clarity):
    ann = clarity.member()
    elsewhere = type(ann)(clarity, ann.account, ann.email, clarity.log_in().json()["token"])
    change = {"current": PASSWORD, "new": "another good one"}
    assert ann.call("PUT", "/v1/account/password", json=change).status_code == 204
    assert elsewhere.call("GET", "/v1/account").status_code == 401
    assert ann.call("GET", "/v1/account").status_code == 200
    assert clarity.log_in().status_code == 401
    assert clarity.log_in(password="another good one").status_code == 201


def test_logout_everywhere_ends_every_session(clarity):
    ann = clarity.member()
    clarity.log_in()
    assert len(ann.call("GET", "/v1/sessions").json()) == 3
    assert ann.call("DELETE", "/v1/sessions").status_code == 204
    assert ann.call("GET", "/v1/account").status_code == 401


def test_a_reset_needs_the_letter_and_ends_every_session(clarity):
    ann = clarity.member()
    assert (
        clarity.call("POST", "/v1/passwords/letter", json={"email": ann.email}).status_code == 202
    )
    token = clarity.link(ann.email)
    weak = clarity.call("POST", "/v1/passwords", json={"token": token, "password": "short"})
    assert weak.json()["type"] == "/problems/weak-password"
    body = {"token": token, "password": "a new good password"}
    assert clarity.call("POST", "/v1/passwords", json=body).status_code == 204
    assert clarity.call("POST", "/v1/passwords", json=body).status_code == 410, "once"
    assert ann.call("GET", "/v1/account").status_code == 401
    assert clarity.log_in(password="a new good password").status_code == 201
