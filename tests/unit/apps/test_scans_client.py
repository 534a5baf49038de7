"""Handing in, following, sharing against a real HTTP server that cuts, restarts, refuses."""

import threading
from pathlib import Path

import pytest

from apps.gateway_client import Gateway, GatewayError, ServiceUnreachable
from apps.scans_client import Reconnecting, Scans, scan_place, share_place
from clarity.labels import Label
from clarity.scans.messages import Scan, ScanState, Stage
from tests.running import free_port
from tests.unit.apps.contract_server import ContractServer, Ledger


def test_follows_a_file_from_submission_to_report(tmp_path: Path) -> None:
    picture = tmp_path / "portrait.jpg"
    picture.write_bytes(b"picture")
    with ContractServer(Ledger()) as server:
        scans = Scans(Gateway(server.url))
        scan = scans.submit_path(picture)
        updates = list(scans.follow(scan.id))
    assert scan.state is ScanState.QUEUED
    assert {u.stage for u in updates if isinstance(u, Scan)} >= {
        Stage.DECODE,
        Stage.FINISHED,
    }
    assert updates[-1].report.label is Label.REAL


@pytest.mark.parametrize("ledger", [Ledger(events=False), Ledger(cut_after=1)])
def test_polls_where_events_are_missing_or_cut(ledger: Ledger) -> None:
    with ContractServer(ledger) as server:
        scans = Scans(Gateway(server.url))
        scan = scans.submit_file("manipulated.jpg", b"x")
        last = list(scans.follow(scan.id))[-1]
    assert isinstance(last, Scan)
    assert last.report.label is Label.FAKE


def test_rides_out_a_restart_in_the_middle_of_a_scan() -> None:
    ledger = Ledger(pace=0.3, cut_after=2)
    first = ContractServer(ledger)
    scans = Scans(Gateway(first.url))
    scan = scans.submit_file("portrait.jpg", b"x")
    updates = scans.follow(scan.id)
    seen = [next(updates)]
    first.stop()
    revived: list[ContractServer] = []
    timer = threading.Timer(1.0, lambda: revived.append(ContractServer(ledger, port=first.port)))
    timer.start()
    seen.extend(updates)
    timer.join()
    revived[0].stop()
    assert any(isinstance(update, Reconnecting) for update in seen)
    assert seen[-1].state is ScanState.DONE


def test_a_submission_repeated_over_a_restart_makes_one_scan() -> None:
    port = free_port()
    ledger = Ledger()
    servers: list[ContractServer] = []
    timer = threading.Timer(0.6, lambda: servers.append(ContractServer(ledger, port=port)))
    timer.start()
    scan = Scans(Gateway(f"http://127.0.0.1:{port}")).submit_url(
        "https://www.youtube.com/watch?v=x"
    )
    timer.join()
    servers[0].stop()
    assert list(ledger.scans) == [scan.id]


def test_follow_gives_up_when_patience_runs_out() -> None:
    server = ContractServer(Ledger(pace=5, cut_after=1))
    scans = Scans(Gateway(server.url, patience=0.4))
    updates = scans.follow(scans.submit_file("portrait.jpg", b"x").id)
    next(updates)
    server.stop()
    with pytest.raises(ServiceUnreachable):
        list(updates)


def test_an_identifier_cannot_leave_its_path() -> None:
    with ContractServer(Ledger()) as server, pytest.raises(GatewayError) as caught:
        Scans(Gateway(server.url)).scan("../models")
    assert caught.value.status == 404


def test_reads_pictures_and_papers() -> None:
    with ContractServer(Ledger()) as server:
        gateway = Gateway(server.url)
        place = scan_place(Scans(gateway).submit_file("portrait.jpg", b"x").id)
        assert gateway.file(place, "images/heat-0.png").startswith(b"\x89PNG")
        assert gateway.file(place, "report.pdf").startswith(b"%PDF")


def test_makes_lists_opens_and_revokes_links() -> None:
    with ContractServer(Ledger()) as server:
        gateway = Gateway(server.url)
        scans = Scans(gateway)
        scan = scans.submit_file("portrait.jpg", b"x")
        report = list(scans.follow(scan.id))[-1].report
        made = scans.share(scan.id, 24)
        assert made.token is not None
        assert scans.shared(made.token).report == report
        assert gateway.file(share_place(made.token), "images/heat-0.png").startswith(b"\x89PNG")
        assert [share.id for share in scans.shares(scan.id)] == [made.id]
        scans.revoke(scan.id, made.id)
        with pytest.raises(GatewayError) as caught:
            scans.shared(made.token)
        assert (caught.value.status, caught.value.code) == (404, "share-not-found")
