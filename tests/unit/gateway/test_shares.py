"""Links to reports: they show one report, for a time, until they are revoked."""

import base64
from datetime import timedelta

import pytest

from clarity.clock import now

from .conftest import picture


@pytest.fixture
def scan(clarity):
    with clarity.working():
        return clarity.send(picture(), "secret name.png", prefer="wait=10").json()


def share(clarity, scan, **order):
    answer = clarity.call("POST", f"/v1/scans/{scan['id']}/shares", json=order)
    assert answer.status_code == 201, answer.text
    return answer.json()


def opened(clarity, token, part=""):
    return clarity.call("GET", f"/v1/shares/{token}{part}")


def dead(answer):
    return (answer.status_code, answer.json()["type"]) == (404, "/problems/share-not-found")


def test_a_link_shows_the_report_and_only_that(clarity, scan):
    token = share(clarity, scan, hours=1)["token"]
    shown = opened(clarity, token)
    assert shown.json()["report"] == scan["report"]
    assert set(shown.json()) == {"source", "expires_at", "report"}
    assert scan["id"] not in shown.text
    assert opened(clarity, token, "/report.json").json() == scan["report"]
    image = opened(clarity, token, "/images/face-0.png")
    assert (image.content, image.headers["cache-control"]) == (b"\x89PNG face", "no-store")
    assert opened(clarity, token, "/images/other.png").status_code == 404
    for route in (f"/v1/scans/{token}", f"/v1/scans/{token}/receipt.json"):
        assert clarity.call("GET", route).status_code == 404


def test_a_revoked_link_is_dead_at_once_and_others_live(clarity, scan):
    first, second = share(clarity, scan), share(clarity, scan)
    place = f"/v1/scans/{scan['id']}/shares/{first['id']}"
    assert clarity.call("DELETE", place).status_code == 204
    assert clarity.call("DELETE", place).status_code == 204
    for part in ("", "/report.json", "/report.pdf", "/images/face-0.png"):
        assert dead(opened(clarity, first["token"], part)), part
    assert opened(clarity, second["token"]).status_code == 200
    listed = clarity.call("GET", f"/v1/scans/{scan['id']}/shares").json()
    assert {one["id"]: bool(one["revoked_at"]) for one in listed} == {
        first["id"]: True,
        second["id"]: False,
    }
    assert all(one["token"] is None for one in listed)


def test_a_link_expires(clarity, scan, monkeypatch):
    token = share(clarity, scan, hours=2)["token"]
    for hours, alive in ((1.9, True), (2.1, False)):
        later = now() + timedelta(hours=hours)
        monkeypatch.setattr("deployments.rest.shares.now", lambda later=later: later)
        assert (opened(clarity, token).status_code == 200) is alive


def test_only_the_owner_lists_and_revokes(clarity, scan):
    made = share(clarity, scan)
    other = clarity.send(picture()).json()
    assert other["instant"], "another owner of the same report"
    assert clarity.call("GET", f"/v1/scans/{other['id']}/shares").json() == []
    for owner in (other["id"], made["token"], "x" * 24):
        answer = clarity.call("DELETE", f"/v1/scans/{owner}/shares/{made['id']}")
        assert answer.status_code == 404
    assert opened(clarity, made["token"]).status_code == 200


@pytest.mark.parametrize("change", ["first", "last", "cut", "longer", "empty", "rubbish"])
def test_a_forged_token_opens_nothing(clarity, scan, change):
    token = share(clarity, scan)["token"]
    raw = bytearray(base64.urlsafe_b64decode(token))
    if change in ("first", "last"):
        raw[0 if change == "first" else -1] ^= 1
    forged = {
        "first": base64.urlsafe_b64encode(raw).decode(),
        "last": base64.urlsafe_b64encode(raw).decode(),
        "cut": token[:-4],
        "longer": token + "AAAA",
        "empty": base64.urlsafe_b64encode(bytes(30)).decode(),
        "rubbish": "%2e%2e",
    }[change]
    assert dead(opened(clarity, forged))


def test_neither_token_nor_owner_is_stored(clarity, scan):
    token = share(clarity, scan)["token"]
    clarity.archive.close()
    kept = (clarity.settings.home / "databases" / "reports.sqlite").read_bytes()
    assert token.encode() not in kept
    assert scan["id"].encode() not in kept


def test_a_token_of_another_installation_opens_nothing(clarity, scan, installed):
    other = installed(secret_key="another secret of this installation")
    assert dead(opened(other, share(clarity, scan)["token"]))


def test_bad_orders_are_refused(clarity, scan):
    place = f"/v1/scans/{scan['id']}/shares"
    for order in ({"hours": 0}, {"hours": 10**6}, {"hours": "x"}, {"days": 1}):
        assert clarity.call("POST", place, json=order).status_code == 422, order
    assert clarity.call("POST", f"/v1/scans/{'x' * 24}/shares", json={}).status_code == 404
    waiting = clarity.send(picture(9)).json()
    early = clarity.call("POST", f"/v1/scans/{waiting['id']}/shares", json={})
    assert (early.status_code, early.json()["type"]) == (409, "/problems/report-not-ready")


def test_links_to_one_report_are_bounded(clarity, scan, monkeypatch):
    monkeypatch.setattr("clarity.reports.sharing.AT_MOST", 2)
    made = [share(clarity, scan) for _ in range(2)]
    full = clarity.call("POST", f"/v1/scans/{scan['id']}/shares", json={})
    assert (full.status_code, full.json()["type"]) == (409, "/problems/too-many-shares")
    clarity.call("DELETE", f"/v1/scans/{scan['id']}/shares/{made[0]['id']}")
    share(clarity, scan)
