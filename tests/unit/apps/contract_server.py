"""A small real HTTP server that speaks the gateway's contract with canned answers.

Run it to build the page without a cluster: `python -m tests.unit.apps.contract_server 18900`.
"""

import email
import email.policy
import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from clarity.reports.messages import Report, Share, SharedReport
from clarity.scans.messages import Problem, Scan, ScanState, Stage
from tests.unit.apps.canned import CARD, OFFER, picture, report_for

STAGES = (Stage.WAITING, Stage.DECODE, Stage.FACES, Stage.DETECTORS, Stage.EXPLAIN)


@dataclass
class Accepted:
    id: str
    source: str
    started: float


@dataclass
class Ledger:
    """What survives a restart of the server: the accepted scans.

    Attributes:
        pace: seconds per stage.
        events: whether the event stream is offered.
        cut_after: the event stream breaks off after this many events.
        submissions: every submission seen, repeated ones too.
        shares: token -> scan and link; a revoked link stays, without working.
    """

    pace: float = 0.02
    events: bool = True
    cut_after: int | None = None
    scans: dict[str, Accepted] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    submissions: list[str] = field(default_factory=list)
    shares: dict[str, tuple[str, Share]] = field(default_factory=dict)

    def share(self, scan_id: str, hours: int) -> Share:
        token, now = uuid.uuid4().hex, datetime.now(UTC)
        share = Share(id=token[:8], created_at=now, expires_at=now + timedelta(hours=hours))
        self.shares[token] = (scan_id, share)
        return share.model_copy(update={"token": token})

    def shared(self, token: str) -> SharedReport | None:
        scan_id, share = self.shares.get(token, (None, None))
        if scan_id is None or share is None or share.revoked_at is not None:
            return None
        scan = self.now(scan_id)
        assert isinstance(scan.report, Report)
        return SharedReport(source=scan.source, expires_at=share.expires_at, report=scan.report)

    def revoke(self, share_id: str) -> None:
        for token, (scan_id, share) in self.shares.items():
            if share.id == share_id:
                ended = share.model_copy(update={"revoked_at": datetime.now(UTC)})
                self.shares[token] = (scan_id, ended)

    def accept(self, source: str, key: str) -> Scan:
        self.submissions.append(source)
        if key not in self.keys:
            scan_id = uuid.uuid4().hex
            self.keys[key] = scan_id
            self.scans[scan_id] = Accepted(scan_id, source, time.monotonic())
        return self.now(self.keys[key])

    def now(self, scan_id: str) -> Scan:
        accepted = self.scans[scan_id]
        step = (time.monotonic() - accepted.started) / self.pace
        base = {
            "id": scan_id,
            "source": accepted.source,
            "created_at": datetime.now(UTC),
        }
        if step < len(STAGES):
            stage = STAGES[int(step)]
            state = ScanState.QUEUED if stage is Stage.WAITING else ScanState.RUNNING
            return Scan(**base, state=state, stage=stage, fraction=step % 1)
        outcome = report_for(accepted.source)
        if isinstance(outcome, Problem):
            return Scan(**base, state=ScanState.FAILED, stage=Stage.FINISHED, problem=outcome)
        return Scan(
            **base,
            state=ScanState.DONE,
            stage=Stage.FINISHED,
            fraction=1.0,
            report=outcome,
        )


class ContractServer:
    """Serves a ledger on a loopback port; `stop` and a new server play a restart."""

    def __init__(self, ledger: Ledger, *, port: int = 0) -> None:
        self._stopping = threading.Event()
        names = {"ledger": ledger, "stopping": self._stopping}
        handler = type("Handler", (_Handler,), names)
        self.ledger = ledger
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Cut every open stream and close the port."""
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    ledger: Ledger
    stopping: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match self.path.strip("/").split("/"):
            case ["v1", "scans", scan_id, "shares"]:
                share = self.ledger.share(scan_id, json.loads(body)["hours"])
                self._send(201, share.model_dump_json().encode(), "application/json")
                return
        source = self._source(body)
        if source.startswith("http://127."):
            self._problem(
                400,
                "forbidden_url",
                "That address is not public.",
                "Use a public link.",
            )
            return
        scan = self.ledger.accept(source, self.headers["Idempotency-Key"])
        self._send(202, scan.model_dump_json().encode(), "application/json")

    def do_DELETE(self) -> None:
        self.ledger.revoke(self.path.rsplit("/", 1)[-1])
        self._send(204, b"", "application/json")

    def do_GET(self) -> None:
        match self.path.strip("/").split("/"):
            case ["v1", "models"]:
                self._send(200, json.dumps([CARD]).encode(), "application/json")
            case ["v1", "models", "xception"]:
                self._send(200, json.dumps(CARD).encode(), "application/json")
            case ["v1", "plans"]:
                self._send(200, OFFER.model_dump_json().encode(), "application/json")
            case ["v1", "shares", token, *rest]:
                self._shared(self.ledger.shared(token), rest)
            case ["v1", "scans", scan_id, *rest] if scan_id in self.ledger.scans:
                self._scan(scan_id, rest)
            case _:
                self._problem(404, "not_found", "There is no such scan.", "Check the address.")

    def _shared(self, shared: SharedReport | None, rest: list[str]) -> None:
        if shared is None:
            hint = "Ask who gave you the link for a new one."
            self._problem(404, "share-not-found", "This link does not work, or no longer.", hint)
        elif rest[:1] == ["images"]:
            self._send(200, *picture(rest[1]))
        else:
            self._send(200, shared.model_dump_json().encode(), "application/json")

    def _scan(self, scan_id: str, rest: list[str]) -> None:
        scan = self.ledger.now(scan_id)
        match rest:
            case []:
                self._send(200, scan.model_dump_json().encode(), "application/json")
            case ["report.json"] if isinstance(scan.report, Report):
                self._send(200, scan.report.model_dump_json().encode(), "application/json")
            case ["report.pdf"]:
                self._send(200, b"%PDF-1.7 of the canned report", "application/pdf")
            case ["receipt.json"]:
                self._send(200, b'{"receipt": "canned"}', "application/json")
            case ["similar"]:
                item = {"label": "fake", "confidence": 0.97, "differing_bits": 2}
                found = [{**item, "checked_on": "2026-11-03"}] if scan.report.people else []
                self._send(200, json.dumps(found).encode(), "application/json")
            case ["shares"]:
                own = [share for of, share in self.ledger.shares.values() if of == scan_id]
                listed = [json.loads(share.model_dump_json()) for share in own]
                self._send(200, json.dumps(listed).encode(), "application/json")
            case ["images", name]:
                self._send(200, *picture(name))
            case ["events"] if self.ledger.events:
                self._stream(scan_id)
            case _:
                self._problem(404, "not_found", "There is no such part.", "Check the address.")

    def _stream(self, scan_id: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        sent = 0
        while self.ledger.cut_after is None or sent < self.ledger.cut_after:
            scan = self.ledger.now(scan_id)
            self.wfile.write(f"event: scan\ndata: {scan.model_dump_json()}\n\n".encode())
            self.wfile.flush()
            sent += 1
            if scan.state in (ScanState.DONE, ScanState.FAILED):
                return
            if self.stopping.wait(self.ledger.pace / 2):
                return

    def _source(self, body: bytes) -> str:
        kind = self.headers["Content-Type"]
        if kind.startswith("application/json"):
            return json.loads(body)["url"]
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        return message.get_payload()[0].get_filename()

    def _problem(self, status: int, code: str, detail: str, hint: str) -> None:
        problem = Problem(type=code, title=code, status=status, detail=detail, hint=hint)
        self._send(status, problem.model_dump_json().encode(), "application/problem+json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output quiet."""


if __name__ == "__main__":
    ContractServer(Ledger(pace=1.0), port=int(sys.argv[1]))
