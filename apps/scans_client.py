"""Calls of the gateway about scans: hand in, follow, share.

Every method raises `GatewayError` with a message and a hint. Handing in carries an
`Idempotency-Key`, so that a repeated submission never makes a second scan.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from apps.gateway_client import Gateway, ServiceUnreachable, pause, read_answer
from clarity.reports.messages import Share, SharedReport, SimilarItem
from clarity.scans.messages import Scan, ScanState

EVENT_SILENCE_SECONDS = 20.0
"""A stream of events that says nothing for this long is dropped for polling."""
POLL_SECONDS = 0.5

_SHARES = TypeAdapter(list[Share])
_SIMILAR = TypeAdapter(list[SimilarItem])


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """Stands among the updates of a scan while the service does not answer."""

    attempt: int
    pause_seconds: float


Update = Scan | Reconnecting


class Scans:
    """What anybody may ask about items that are checked.

    Args:
        gateway: signed with the token of who hands in, but for strangers.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def submit_file(self, name: str, content: BinaryIO | bytes) -> Scan:
        """Hand in an image or a video; answers at once with the queued scan."""
        key = uuid.uuid4().hex

        def send() -> httpx.Response:
            if not isinstance(content, bytes):
                content.seek(0)
            return self._gateway.once(
                "POST",
                "/v1/scans",
                files={"file": (name, content)},
                headers={"Idempotency-Key": key},
                timeout=httpx.Timeout(30.0, read=120.0, write=300.0),
            )

        return read_answer(Scan, self._gateway.patiently(send))

    def submit_path(self, path: Path) -> Scan:
        """Hand in a file on this machine."""
        with path.open("rb") as stream:
            return self.submit_file(path.name, stream)

    def submit_url(self, url: str) -> Scan:
        """Hand in the address of a post or a video."""
        order: dict[str, Any] = {
            "json": {"url": url},
            "headers": {"Idempotency-Key": uuid.uuid4().hex},
        }
        answer = self._gateway.patiently(lambda: self._gateway.once("POST", "/v1/scans", **order))
        return read_answer(Scan, answer)

    def scan(self, scan_id: str) -> Scan:
        """The scan as it stands now."""
        return read_answer(Scan, self._gateway.ask("GET", scan_place(scan_id)))

    def similar(self, scan_id: str) -> list[SimilarItem]:
        """Other items that were checked before and look alike, the most alike first."""
        return read_answer(_SIMILAR, self._gateway.ask("GET", f"{scan_place(scan_id)}/similar"))

    def shared(self, token: str) -> SharedReport:
        """The report that a link shows."""
        return read_answer(SharedReport, self._gateway.ask("GET", share_place(token)))

    def share(self, scan_id: str, hours: int) -> Share:
        """Make a link to the report; its token is told now and never again."""
        order = {"hours": hours}
        # asked once: a repeated order would leave a link behind that nobody knows of
        answer = self._gateway.ask("POST", f"{scan_place(scan_id)}/shares", json=order)
        return read_answer(Share, answer)

    def shares(self, scan_id: str) -> list[Share]:
        """The links to a report, newest first."""
        return read_answer(_SHARES, self._gateway.ask("GET", f"{scan_place(scan_id)}/shares"))

    def revoke(self, scan_id: str, share_id: str) -> None:
        """End a link now."""
        self._gateway.ask("DELETE", f"{scan_place(scan_id)}/shares/{quote(share_id, safe='')}")

    def follow(self, scan_id: str) -> Iterator[Update]:
        """Updates of a scan until it is done or failed; the last one is the final scan.

        Listens to the event stream; where that breaks or falls silent it asks again and
        again instead. While the service does not answer, `Reconnecting` is yielded.
        """
        silent_since: float | None = None
        attempt = 0
        streaming = True
        while True:
            try:
                for scan in self._listen(scan_id) if streaming else self._poll(scan_id):
                    silent_since, attempt = None, 0
                    yield scan
                    if is_final(scan):
                        return
                streaming = False
            except (httpx.TransportError, ServiceUnreachable) as error:
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since > self._gateway.patience:
                    raise self._gateway.unreachable(error) from error
                attempt += 1
                yield Reconnecting(attempt, pause(attempt))
                time.sleep(pause(attempt))
                streaming = False

    def _listen(self, scan_id: str) -> Iterator[Scan]:
        timeout = httpx.Timeout(10.0, read=EVENT_SILENCE_SECONDS)
        path = f"{scan_place(scan_id)}/events"
        headers = {"Accept": "text/event-stream"}
        with self._gateway.stream("GET", path, headers=headers, timeout=timeout) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                # Older or restarting gateways may have no stream; the plain resource decides.
                yield self._now(scan_id)
                return
            try:
                yield from _events(response.iter_lines())
            except httpx.ReadTimeout:
                return  # Connected but silent: ask instead, nothing has been lost.

    def _poll(self, scan_id: str) -> Iterator[Scan]:
        while True:
            scan = self._now(scan_id)
            yield scan
            if is_final(scan):
                return
            time.sleep(POLL_SECONDS)

    def _now(self, scan_id: str) -> Scan:
        return read_answer(Scan, self._gateway.once("GET", scan_place(scan_id)))


def is_final(scan: Scan) -> bool:
    """Whether nothing more will change in this scan."""
    return scan.state in (ScanState.DONE, ScanState.FAILED)


def scan_place(scan_id: str) -> str:
    """Where a scan is, below the gateway's address."""
    # The identifier may come from an address that somebody typed.
    return f"/v1/scans/{quote(scan_id, safe='')}"


def share_place(token: str) -> str:
    """Where a shared report is, below the gateway's address."""
    return f"/v1/shares/{quote(token, safe='')}"


def _events(lines: Iterator[str]) -> Iterator[Scan]:
    """Scans out of a stream of server-sent events; events of other kinds are passed over."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            text, data = "\n".join(data), []
            try:
                yield Scan.model_validate_json(text)
            except ValidationError:
                continue
