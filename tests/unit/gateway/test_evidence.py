"""Evidence over HTTP: a receipt with every report, a public log that tells nothing else."""

import asyncio
import json
import threading
import time

import httpx
import numpy as np

from clarity.evidence.canonical import digest_of
from clarity.evidence.messages import Head, SignedReceipt
from clarity.evidence.verify import check, read_keys
from clarity.explanation import png, preview
from deployments.rest.files import AT_ONCE

from .conftest import picture


def done(clarity, content=picture()):
    with clarity.working():
        return clarity.send(content, prefer="wait=10").json()


def trusted(clarity, tmp_path):
    path = tmp_path / "keys.json"
    path.write_bytes(clarity.call("GET", "/v1/evidence/keys").content)
    return read_keys(path)


def test_every_report_has_a_receipt_that_fits_it(clarity, tmp_path):
    scan = done(clarity)
    answer = clarity.call("GET", f"/v1/scans/{scan['id']}/receipt.json")
    assert "attachment" in answer.headers["content-disposition"]
    report = clarity.call("GET", f"/v1/scans/{scan['id']}/report.json").content
    checked = check(answer.content, trusted(clarity, tmp_path), report=report)
    assert (checked.kind, checked.faults) == ("receipt", ())
    receipt = SignedReceipt.model_validate_json(answer.content).receipt
    assert receipt.trace.media == scan["report"]["media"]["digest"]
    assert receipt.report == digest_of(scan["report"])
    other = json.loads(report)
    other["confidence"] = 0.1
    faults = check(answer.content, trusted(clarity, tmp_path), report=json.dumps(other).encode())
    assert [fault.where for fault in faults.faults] == ["report"]


def test_an_instant_answer_has_the_receipt_of_the_report_that_it_shows(clarity):
    first = done(clarity)
    again = clarity.send(picture()).json()
    assert again["instant"]
    receipts = [clarity.call("GET", f"/v1/scans/{s['id']}/receipt.json") for s in (first, again)]
    assert receipts[0].json() == receipts[1].json()
    head = Head.model_validate(clarity.call("GET", "/v1/evidence/head").json())
    assert head.signed.entry.sequence == 1


def test_the_public_log_is_whole_and_tells_nothing_of_what_was_scanned(clarity, tmp_path):
    assert clarity.call("GET", "/v1/evidence/head").json()["signed"] is None
    scans = [done(clarity, picture(n)) for n in range(3)]
    log = clarity.call("GET", "/v1/evidence/log")
    head = Head.model_validate(clarity.call("GET", "/v1/evidence/head").json())
    checked = check(log.content, trusted(clarity, tmp_path), head=head)
    assert (checked.kind, checked.faults, checked.facts["Entries"]) == ("log", (), "3")
    for scan in scans:
        assert scan["id"] not in log.text
        assert scan["report"]["media"]["digest"] not in log.text
    assert len(clarity.call("GET", "/v1/evidence/log?after=2").text.splitlines()) == 2
    assert clarity.call("GET", "/v1/evidence/log?after=-1").status_code == 422


def test_no_scan_no_report_no_receipt(clarity):
    missing = clarity.call("GET", f"/v1/scans/{'x' * 24}/receipt.json")
    waiting = clarity.send(picture()).json()
    not_yet = clarity.call("GET", f"/v1/scans/{waiting['id']}/receipt.json")
    for answer, code in ((missing, "scan-not-found"), (not_yet, "receipt-missing")):
        assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{code}")
        assert answer.json()["hint"]


def test_the_key_is_kept_below_home_and_never_told(clarity):
    done(clarity)
    path = clarity.settings.home / "keys" / "evidence.pem"
    secret = path.read_text().splitlines()[1]
    for route in ("/v1/evidence/keys", "/v1/evidence/log", "/v1/openapi.json"):
        assert secret not in clarity.call("GET", route).text
    (key,) = clarity.call("GET", "/v1/evidence/keys").json()
    assert key["key"] == clarity.archive.key.public.key_id


def test_a_worker_that_dies_between_log_and_report_loses_neither(clarity, monkeypatch):
    """The log is written first: then the scan is judged again, and its report has a receipt."""
    from clarity.reports import service as reports

    monkeypatch.setattr("clarity.scans.worker.TROUBLE_SECONDS", 0.05)
    store, calls = reports.store, []

    def dying(*arguments, **options):
        calls.append(options["receipt_digest"])
        if len(calls) == 1:
            raise RuntimeError("killed")
        return store(*arguments, **options)

    monkeypatch.setattr("clarity.reports.service.store", dying)
    scan = done(clarity)
    assert (scan["state"], len(calls)) == ("done", 2)
    receipt = clarity.call("GET", f"/v1/scans/{scan['id']}/receipt.json").json()
    assert receipt["signed"]["entry"]["receipt"] == calls[1]
    assert receipt["signed"]["entry"]["sequence"] == 2


def test_the_report_as_a_pdf_can_be_checked_offline(clarity, tmp_path):
    pixels = np.zeros((3, 4, 3), np.uint8)
    clarity.judge.images = {
        "face-0.png": png(pixels),
        "heat-0.png": png(pixels),
        "frame-0.jpg": preview(pixels),
    }
    waiting = clarity.send(picture(3)).json()
    early = clarity.call("GET", f"/v1/scans/{waiting['id']}/report.pdf")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/report-not-ready")
    scan = done(clarity)
    answer = clarity.call("GET", f"/v1/scans/{scan['id']}/report.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('.pdf"')
    checked = check(answer.content, trusted(clarity, tmp_path))
    assert (checked.kind, checked.faults) == ("report (PDF)", ())
    assert checked.receipt.receipt.trace.media == scan["report"]["media"]["digest"]
    clarity.catalogue.down = True
    assert clarity.call("GET", f"/v1/scans/{scan['id']}/report.pdf").status_code == 200


def test_a_failed_scan_has_its_problem_instead_of_a_pdf(clarity):
    scan = done(clarity, picture()[:-1] + b"damaged")
    answer = clarity.call("GET", f"/v1/scans/{scan['id']}/report.pdf")
    assert (answer.status_code, answer.json()) == (422, scan["problem"])


def test_many_who_ask_for_a_pdf_wait_and_hold_up_nobody(clarity, monkeypatch):
    pixels = np.zeros((3, 4, 3), np.uint8)
    clarity.judge.images = {
        "face-0.png": png(pixels),
        "heat-0.png": png(pixels),
        "frame-0.jpg": preview(pixels),
    }
    scan = done(clarity)
    lock, busy, peak = threading.Lock(), [0], [0]

    def slow(*arguments, **options):
        with lock:
            busy[0] += 1
            peak[0] = max(peak[0], busy[0])
        time.sleep(0.1)
        with lock:
            busy[0] -= 1
        return b"%PDF-"

    monkeypatch.setattr("deployments.rest.files.render", slow)

    async def ask():
        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            place = f"/v1/scans/{scan['id']}/report.pdf"
            papers = [asyncio.create_task(client.get(place)) for _ in range(10)]
            await asyncio.sleep(0.05)
            alive = await client.get(f"/v1/scans/{scan['id']}")
            waiting = sum(not paper.done() for paper in papers)
            answers = [paper.status_code for paper in await asyncio.gather(*papers)]
            return alive.status_code, waiting, answers

    alive, waiting, papers = asyncio.run(ask())
    assert (alive, papers) == (200, [200] * 10)
    assert peak[0] == AT_ONCE
    assert waiting > 0, "the scan was read while others waited for their papers"
