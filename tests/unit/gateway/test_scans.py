"""Scans over HTTP: accepted, followed, answered, never twice."""

import json
import re
from dataclasses import replace

import pytest

from .conftest import Installation, picture


def test_a_scan_is_accepted_then_done(clarity):
    answer = clarity.send(picture(255), "my portrait.png")
    assert answer.status_code == 202
    scan = answer.json()
    assert answer.headers["location"] == f"/v1/scans/{scan['id']}"
    assert (scan["state"], scan["stage"], scan["source"]) == (
        "queued",
        "waiting",
        "my portrait.png",
    )
    assert clarity.call("GET", f"/v1/scans/{scan['id']}/report.json").status_code == 409
    with clarity.working():
        done = clarity.finished(scan["id"])
    assert done["state"] == "done"
    assert done["report"]["confidence"] == 1.0
    assert done["report"]["media"]["digest"] == clarity.judge.seen[0]
    report = clarity.call("GET", f"/v1/scans/{scan['id']}/report.json")
    assert report.json() == done["report"]
    assert "attachment" in report.headers["content-disposition"]


def test_accepted_scans_survive_the_loss_of_every_process(clarity, installed):
    scan_id = clarity.send(picture()).json()["id"]
    clarity.archive.close()
    reborn = type(clarity)(clarity.settings.home)
    with reborn.working():
        assert reborn.finished(scan_id)["state"] == "done"


def test_pictures_of_a_report(clarity):
    with clarity.working():
        scan_id = clarity.send(picture(), prefer="wait=10").json()["id"]
    answer = clarity.call("GET", f"/v1/scans/{scan_id}/images/face-0.png")
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG face", "image/png")
    assert "immutable" in answer.headers["cache-control"]
    for name in ("other.png", "..%2f..%2fetc%2fpasswd"):
        missing = clarity.call("GET", f"/v1/scans/{scan_id}/images/{name}")
        assert missing.status_code == 404
        assert missing.headers["content-type"] == "application/problem+json"


def test_wait_gives_the_finished_scan(clarity):
    with clarity.working():
        answer = clarity.send(picture(), prefer="respond-async, wait=10")
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=10"
    assert answer.json()["state"] == "done"


def test_wait_that_is_too_short_answers_202(clarity):
    answer = clarity.send(picture(), prefer="wait=0")
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"


def test_wait_is_capped(installed):
    clarity = installed(longest_wait_seconds=0.3)
    answer = clarity.send(picture(), prefer="wait=86400")
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "wait=0.3"


def test_the_same_media_again_are_answered_at_once(clarity):
    with clarity.working():
        first = clarity.send(picture(), prefer="wait=10").json()
    again = clarity.send(picture(), "another name.png")
    assert again.status_code == 200
    scan = again.json()
    assert scan["instant"]
    assert not first["instant"]
    assert scan["id"] != first["id"], "whoever has one address cannot derive the other's"
    assert scan["report"] == first["report"]
    assert len(clarity.judge.seen) == 1
    timing = re.fullmatch(r"gateway;dur=([\d.]+)", again.headers["server-timing"])
    assert float(timing[1]) < 50
    image = clarity.call("GET", f"/v1/scans/{scan['id']}/images/face-0.png")
    assert image.status_code == 200


def test_the_same_media_queued_twice_are_judged_once(clarity):
    ids = [clarity.send(picture()).json()["id"] for _ in range(3)]
    with clarity.working(workers=2):
        scans = [clarity.finished(scan_id) for scan_id in ids]
    assert [scan["state"] for scan in scans] == ["done"] * 3
    assert [scan["instant"] for scan in scans] == [False, True, True]
    assert len(clarity.judge.seen) == 1


def test_an_idempotency_key_repeats_the_scan_and_only_that(clarity):
    first = clarity.send(picture(1), idempotency_key="k")
    again = clarity.send(picture(1), idempotency_key="k")
    assert again.json()["id"] == first.json()["id"]
    other = clarity.send(picture(2), idempotency_key="k")
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert clarity.send(picture(3), idempotency_key="k" * 256).status_code == 422
    assert len(clarity.objects()) == 1, "refused media are not kept"


def test_events_tell_the_stages_until_the_end(clarity):
    clarity.judge.go.clear()
    scan_id = clarity.send(picture()).json()["id"]
    with clarity.working():
        import threading

        threading.Timer(1.0, clarity.judge.go.set).start()
        answer = clarity.call("GET", f"/v1/scans/{scan_id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    assert {block[0] for block in blocks} == {"event: scan"}
    scans = [json.loads(block[1].removeprefix("data: ")) for block in blocks]
    assert scans[0]["state"] in ("queued", "running")
    assert ("running", "faces", 0.5) in [(s["state"], s["stage"], s["fraction"]) for s in scans]
    assert scans[-1]["state"] == "done"
    assert scans[-1]["report"]["label"] == "fake"


def test_events_of_an_unknown_scan_are_a_problem(clarity):
    answer = clarity.call("GET", f"/v1/scans/{'x' * 24}/events")
    assert answer.status_code == 404
    assert answer.json()["hint"]


def test_damaged_media_fail_with_their_problem_and_leave_nothing(clarity):
    with clarity.working():
        answer = clarity.send(picture()[:-1] + b"damaged", prefer="wait=10")
    scan = answer.json()
    assert (answer.status_code, scan["state"]) == (200, "failed")
    assert scan["problem"] == {
        "type": "/problems/damaged-picture",
        "title": "Damaged picture",
        "status": 422,
        "detail": "The picture ends too early.",
        "hint": "Open it on your side and save it again.",
    }
    report = clarity.call("GET", f"/v1/scans/{scan['id']}/report.json")
    assert report.status_code == 422
    assert report.json() == scan["problem"]
    assert clarity.objects() == []


def test_a_crash_of_the_pipeline_is_retried_then_given_up(installed, monkeypatch):
    monkeypatch.setattr("clarity.scans.worker.TROUBLE_SECONDS", 0.05)
    clarity = installed()
    clarity.judge.crashes = 2
    with clarity.working():
        scan = clarity.send(picture(1), prefer="wait=10").json()
        assert scan["state"] == "done"
        clarity.judge.crashes = 3
        scan = clarity.send(picture(2), prefer="wait=10").json()
    assert scan["state"] == "failed"
    assert scan["problem"]["type"] == "/problems/scan-crashed"


def test_a_worker_told_to_stop_hands_its_scan_on(clarity):
    clarity.judge.go.clear()
    with clarity.working():
        scan_id = clarity.send(picture()).json()["id"]
        while not clarity.judge.seen:
            pass
    row = clarity.archive.row(scan_id)
    assert (row.attempts, row.lease) == (0, None)
    clarity.judge.go.set()
    with clarity.working():
        assert clarity.finished(scan_id)["state"] == "done"


def test_a_scan_that_takes_longer_than_its_lease_is_not_taken_twice(installed):
    clarity = installed(lease_seconds=0.4)
    clarity.judge.go.clear()
    scan_id = clarity.send(picture()).json()["id"]
    with clarity.working(workers=2):
        import time

        time.sleep(1.5)
        clarity.judge.go.set()
        clarity.finished(scan_id)
    assert len(clarity.judge.seen) == 1


def test_urls_are_fetched_judged_and_answered_by_digest(clarity):
    with clarity.working():
        url = "https://example.org/post/1"
        options = {"json": {"url": url}, "headers": {"Prefer": "wait=10"}}
        scan = clarity.call("POST", "/v1/scans", **options).json()
        assert scan["state"] == "done"
        assert scan["source"] == url
        assert scan["report"]["times"][0]["stage"] == "fetch"
        again = clarity.call("POST", "/v1/scans", **options).json()
    assert again["instant"]
    assert len(clarity.judge.seen) == 1
    assert clarity.send(clarity.fetched).json()["instant"], "a file of the same bytes too"


def test_the_free_lane_is_bounded_but_answers_what_it_knows(installed):
    clarity = installed(free_lane_waiting=2)
    with clarity.working():
        clarity.send(picture(0), prefer="wait=10")
    for n in (1, 2):
        assert clarity.send(picture(n)).status_code == 202
    full = clarity.send(picture(3))
    assert full.status_code == 429
    assert int(full.headers["retry-after"]) >= 5
    assert full.json()["hint"]
    assert clarity.send(picture(0)).status_code == 200
    assert len([p for p in clarity.objects() if "incoming" in p.parts]) == 0


def test_scans_are_accepted_while_the_detectors_are_down(clarity):
    clarity.catalogue.down = True
    assert clarity.send(picture()).status_code == 202


@pytest.mark.parametrize("path", ["", "/events", "/report.json", "/images/face-0.png"])
def test_unknown_identifiers_are_not_found(clarity, path):
    answer = clarity.call("GET", f"/v1/scans/{'x' * 24}{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/scan-not-found"


def test_coarse_answers_leave_by_every_route_and_the_stored_report_keeps_its_bits(installed):
    clarity = installed(score_digits=1)
    with clarity.working():
        scan_id = clarity.send(picture(230)).json()["id"]  # 0.90196: Fake, and 0.9 is not
        done = clarity.finished(scan_id)
    report = clarity.call("GET", f"/v1/scans/{scan_id}/report.json").json()
    events = clarity.call("GET", f"/v1/scans/{scan_id}/events").text
    shown = json.loads(events.rpartition("data: ")[2])["report"]
    again = clarity.send(picture(230)).json()["report"]
    for told in (done["report"], report, shown, again):
        assert told["confidence"] == 1.0
        assert told["opinions"][0]["confidence"] == 1.0
        assert told["people"][0]["opinions"][0]["confidence"] == 1.0
    every_bit = replace(clarity.archive, digits=None).scan(scan_id).report
    assert every_bit.confidence == 230 / 255


@pytest.mark.parametrize("setting", ["deliveries", "cascade"])
def test_a_report_of_one_setting_is_no_answer_under_the_other(tmp_path, setting):
    """It is switched on an installation that has reports: each kind is kept by itself."""
    instant = []
    for switched in (True, False, True):
        clarity = Installation(tmp_path, **{setting: switched})
        try:
            with clarity.working():
                scan = clarity.send(picture(40)).json()
                instant.append(clarity.finished(scan["id"])["instant"])
                # the worker keeps it under the name by which the gateway looks for it
                assert clarity.send(picture(40)).json()["instant"]
        finally:
            clarity.close()
    assert instant == [False, False, True]
