"""Killed replicas: every accepted scan is finished, none twice, and the service recovers."""

import signal
import sqlite3
import time
import uuid

import httpx
import pytest

from tests.integration import media

SCANS = 20


def kill(service, deployment):
    replicas = service.replicas(deployment)
    assert replicas, deployment
    for replica in replicas:
        replica.send_signal(signal.SIGKILL)


def finished(service, ids):
    try:
        scans = [service.http.get(f"/v1/scans/{scan_id}").json() for scan_id in ids]
    except httpx.TransportError:
        return []
    return [scan for scan in scans if scan["state"] in ("done", "failed")]


@pytest.mark.slow
def test_twenty_scans_survive_the_killing_of_scanner_and_detector(service):
    run = uuid.uuid4().hex
    contents = [media.portrait(f"{run}-{number}") for number in range(SCANS)]
    detector = service.detector
    ids = []
    for number, content in enumerate(contents):
        files = {"file": (f"{number}.jpg", content)}
        answer = service.http.post("/v1/scans", files=files)
        assert answer.status_code == 202
        ids.append(answer.json()["id"])
        if number == 8:
            kill(service, "scanner")
        if number == 12:
            kill(service, detector)
    assert len(set(ids)) == SCANS
    killed_again = False
    until = time.monotonic() + 240
    while len(done := finished(service, ids)) < SCANS:
        assert time.monotonic() < until, f"{len(done)} of {SCANS}"
        if not killed_again and len(done) >= SCANS // 2:
            kill(service, detector)
            kill(service, "scanner")
            killed_again = True
        time.sleep(0.3)
    assert killed_again
    assert [scan["state"] for scan in done] == ["done"] * SCANS
    assert reports_of(service, done) == SCANS
    until = time.monotonic() + 60
    while service.http.get("/v1/ready").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.5)


def reports_of(service, scans):
    """Stored reports of the scans' media: one each, or something was judged twice."""
    digests = [scan["report"]["media"]["digest"] for scan in scans]
    marks = ",".join("?" * len(digests))
    database = sqlite3.connect(service.home / "databases" / "reports.sqlite")
    with database:
        query = f"SELECT count(*) FROM report WHERE media_digest IN ({marks})"
        return database.execute(query, digests).fetchone()[0]
