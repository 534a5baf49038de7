"""The one HTTP client of the gateway: the page and the command line both speak through it.

It rides out a restart of the service. Reading is repeated with growing pauses; submitting
carries an `Idempotency-Key`, so that a repeated submission never makes a second scan.
"""

import json
import os
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from apps.credentials import Credentials
from apps.model_cards import ModelCard
from clarity.reports.messages import Share, SharedReport, SimilarItem
from clarity.scans.messages import Problem, Scan, ScanState

DEFAULT_URL = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 120.0
"""How long an accepted scan is waited for while the service does not answer."""
CONTACT_SECONDS = 10.0
"""How long any other call waits for a service that does not answer."""
EVENT_SILENCE_SECONDS = 20.0
"""A stream of events that says nothing for this long is dropped for polling."""
PAPER_SECONDS = 60.0
"""How long making a file may take: a PDF is set when it is asked for."""
POLL_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
RESTARTING = frozenset({502, 503, 504})


class GatewayError(Exception):
    """The gateway said no, in words for a person.

    Attributes:
        message: what went wrong.
        hint: what the reader can do about it.
        status: the HTTP status; 0 when nothing answered.
        code: the short identifier of the problem type.
        members: of the problem document, those of its own type too.
    """

    def __init__(
        self,
        message: str,
        hint: str,
        *,
        status: int = 0,
        code: str = "",
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.code = code
        self.members = members or {}


class ServiceUnreachable(GatewayError):
    """Nothing answers at the gateway's address, or it is still starting."""


class _Told(Problem):
    """A problem document with the members that only its own type has."""

    model_config = ConfigDict(frozen=True, extra="allow")


_CARDS = TypeAdapter(list[ModelCard])
_SHARES = TypeAdapter(list[Share])
_SIMILAR = TypeAdapter(list[SimilarItem])
Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """Stands among the updates of a scan while the service does not answer."""

    attempt: int
    pause_seconds: float


Update = Scan | Reconnecting


def gateway_url() -> str:
    """Address of the gateway: `CLARITY_GATEWAY_URL`, or the one of a local service."""
    return os.environ.get("CLARITY_GATEWAY_URL") or DEFAULT_URL


def gateway_authority() -> Path | None:
    """`CLARITY_GATEWAY_CA`: who vouches for the gateway; None: whom this machine trusts anyway."""
    given = os.environ.get("CLARITY_GATEWAY_CA")
    return Path(given) if given else None


class Gateway:
    """Calls of the `/v1` interface. Safe to share between threads.

    Args:
        url: where the service listens, without `/v1`.
        authority: PEM file of the certificate that the service has, or of who signed it.
        patience: seconds that `follow` waits for a service that does not answer.
        contact: seconds that every other call waits for it.
        credentials: as whom to call; a stranger unless told.

    Every method raises `GatewayError` with a message and a hint, and `ServiceUnreachable`
    when that time has run out.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        authority: Path | None = None,
        patience: float = PATIENCE_SECONDS,
        contact: float = CONTACT_SECONDS,
        credentials: Credentials | None = None,
    ) -> None:
        self.url = (url or gateway_url()).rstrip("/")
        self._patience = patience
        self._contact = contact
        self._credentials = credentials
        self._http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(30.0),
            trust_env=not _is_loopback(self.url),
            verify=_trust(self.url, authority or gateway_authority()),
        )

    def close(self) -> None:
        self._http.close()

    def signed(self, credentials: Credentials) -> Self:
        """The same connections, used as somebody."""
        other = copy(self)
        other._credentials = credentials
        return other

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One call: reading is repeated while nothing answers, everything else is not."""

        def send() -> httpx.Response:
            return self._send(method, path, **options)

        if method == "GET":
            return self._patiently(send)
        try:
            return _checked(send())
        except httpx.TransportError as error:
            raise _unreachable(self.url, error) from error

    def submit_file(self, name: str, content: BinaryIO | bytes) -> Scan:
        """Hand in an image or a video; answers at once with the queued scan."""
        key = uuid.uuid4().hex

        def send() -> httpx.Response:
            if not isinstance(content, bytes):
                content.seek(0)
            return self._send(
                "POST",
                "/v1/scans",
                files={"file": (name, content)},
                headers={"Idempotency-Key": key},
                timeout=httpx.Timeout(30.0, read=120.0, write=300.0),
            )

        return _scan(self._patiently(send))

    def submit_path(self, path: Path) -> Scan:
        """Hand in a file on this machine."""
        with path.open("rb") as stream:
            return self.submit_file(path.name, stream)

    def submit_url(self, url: str) -> Scan:
        """Hand in the address of a post or a video."""
        key = uuid.uuid4().hex

        def send() -> httpx.Response:
            headers = {"Idempotency-Key": key}
            return self._send("POST", "/v1/scans", json={"url": url}, headers=headers)

        return _scan(self._patiently(send))

    def scan(self, scan_id: str) -> Scan:
        """The scan as it stands now."""
        return _scan(self._patiently(lambda: self._send("GET", scan_place(scan_id))))

    def file(self, place: str, name: str) -> bytes:
        """A file below a scan or a link: `report.json`, `report.pdf`, `receipt.json`, a picture.

        Args:
            place: as `scan_place` or `share_place` makes it.
            name: of the file; a picture's as `images/NAME`.
        """
        path = f"{place}/{quote(name)}"
        return self._patiently(lambda: self._send("GET", path, timeout=PAPER_SECONDS)).content

    def similar(self, scan_id: str) -> list[SimilarItem]:
        """Other items that were checked before and look alike, the most alike first."""
        response = self._patiently(lambda: self._send("GET", f"{scan_place(scan_id)}/similar"))
        try:
            return _SIMILAR.validate_json(response.content)
        except ValidationError as error:
            raise _foreign(response) from error

    def shared(self, token: str) -> SharedReport:
        """The report that a link shows."""
        response = self._patiently(lambda: self._send("GET", share_place(token)))
        return _read(SharedReport, response)

    def share(self, scan_id: str, hours: int) -> Share:
        """Make a link to the report; its token is told now and never again."""
        order = {"hours": hours}
        send = partial(self._send, "POST", f"{scan_place(scan_id)}/shares", json=order)
        return _read(Share, self._patiently(send))

    def shares(self, scan_id: str) -> list[Share]:
        """The links to a report, newest first."""
        response = self._patiently(lambda: self._send("GET", f"{scan_place(scan_id)}/shares"))
        try:
            return _SHARES.validate_json(response.content)
        except ValidationError as error:
            raise _foreign(response) from error

    def revoke(self, scan_id: str, share_id: str) -> None:
        """End a link now."""
        path = f"{scan_place(scan_id)}/shares/{quote(share_id, safe='')}"
        self._patiently(lambda: self._send("DELETE", path))

    def models(self) -> list[ModelCard]:
        """The cards of the deployed detectors."""
        response = self._patiently(lambda: self._send("GET", "/v1/models"))
        try:
            return _CARDS.validate_json(response.content)
        except ValidationError as error:
            raise _foreign(response) from error

    def model(self, name: str) -> ModelCard:
        """The card of one deployed detector."""
        response = self._patiently(lambda: self._send("GET", f"/v1/models/{quote(name, safe='')}"))
        return _read(ModelCard, response)

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
                for scan in self._listen(scan_id) if streaming else self._ask(scan_id):
                    silent_since, attempt = None, 0
                    yield scan
                    if is_final(scan):
                        return
                streaming = False
            except (httpx.TransportError, ServiceUnreachable) as error:
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since > self._patience:
                    raise _unreachable(self.url, error) from error
                attempt += 1
                yield Reconnecting(attempt, _pause(attempt))
                time.sleep(_pause(attempt))
                streaming = False

    def _listen(self, scan_id: str) -> Iterator[Scan]:
        timeout = httpx.Timeout(10.0, read=EVENT_SILENCE_SECONDS)
        path = f"{scan_place(scan_id)}/events"
        headers = {"Accept": "text/event-stream"}
        auth = self._credentials
        with self._http.stream(
            "GET", path, headers=headers, timeout=timeout, auth=auth
        ) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                # Older or restarting gateways may have no stream; the plain resource decides.
                yield self._now(scan_id)
                return
            try:
                yield from _events(response.iter_lines())
            except httpx.ReadTimeout:
                return  # Connected but silent: ask instead, nothing has been lost.

    def _ask(self, scan_id: str) -> Iterator[Scan]:
        while True:
            scan = self._now(scan_id)
            yield scan
            if is_final(scan):
                return
            time.sleep(POLL_SECONDS)

    def _now(self, scan_id: str) -> Scan:
        return _scan(_checked(self._send("GET", scan_place(scan_id))))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, auth=self._credentials, **options)

    def _patiently(self, call: Callable[[], httpx.Response]) -> httpx.Response:
        """Repeat `call` with growing pauses while nothing answers."""
        start = time.monotonic()
        attempt = 0
        while True:
            try:
                return _checked(call())
            except (httpx.TransportError, ServiceUnreachable) as error:
                attempt += 1
                if time.monotonic() - start + _pause(attempt) > self._contact:
                    raise _unreachable(self.url, error) from error
                time.sleep(_pause(attempt))


def is_final(scan: Scan) -> bool:
    """Whether nothing more will change in this scan."""
    return scan.state in (ScanState.DONE, ScanState.FAILED)


def _is_loopback(url: str) -> bool:
    # This machine must never be asked through a proxy of the environment.
    return httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")


def _trust(url: str, authority: Path | None) -> ssl.SSLContext | bool:
    if authority is None:
        return True
    try:
        context = ssl.create_default_context(cafile=str(authority))
    except (OSError, ssl.SSLError) as error:
        raise GatewayError(
            f"The certificates in {authority} cannot be read.",
            "CLARITY_GATEWAY_CA names a PEM file of certificates.",
            code="bad_authority",
        ) from error
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # The certificate is made out to a public name; this machine is called by another.
    context.check_hostname = not _is_loopback(url)
    return context


def scan_place(scan_id: str) -> str:
    """Where a scan is, below the gateway's address."""
    # The identifier may come from an address that somebody typed.
    return f"/v1/scans/{quote(scan_id, safe='')}"


def share_place(token: str) -> str:
    """Where a shared report is, below the gateway's address."""
    return f"/v1/shares/{quote(token, safe='')}"


def _pause(attempt: int) -> float:
    return min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    problem = _problem(response)
    if response.status_code in RESTARTING:
        raise ServiceUnreachable(
            problem.detail, problem.hint, status=response.status_code, code=problem.type
        )
    raise GatewayError(
        problem.detail or problem.title,
        problem.hint,
        status=response.status_code,
        code=problem.type.rsplit("/", 1)[-1],
        members=problem.model_extra,
    )


def _problem(response: httpx.Response) -> _Told:
    """The problem document of an error, or one written for an answer that has none."""
    try:
        return _Told.model_validate(response.json())
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError):
        return _Told(
            type="about:blank",
            title=response.reason_phrase,
            status=response.status_code,
            detail=f"The service answered {response.status_code} {response.reason_phrase}.",
            hint="Try again in a moment; if it happens twice, look at the service's log.",
        )


def _unreachable(url: str, why: Exception) -> ServiceUnreachable:
    if "CERTIFICATE_VERIFY_FAILED" in str(why):
        return ServiceUnreachable(
            f"What answers at {url} cannot prove that it is the Clarity service.",
            "Let CLARITY_GATEWAY_CA name the PEM file of who signed its certificate.",
            code="not_trusted",
        )
    return ServiceUnreachable(
        f"The Clarity service does not answer at {url}.",
        "Start it with `clarity up` (or `make run`), or point CLARITY_GATEWAY_URL to it.",
        code="unreachable",
    )


def _scan(response: httpx.Response) -> Scan:
    return _read(Scan, response)


def _read(kind: type[Answer], response: httpx.Response) -> Answer:
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        raise _foreign(response) from error


def _foreign(response: httpx.Response) -> GatewayError:
    return GatewayError(
        f"What answers at {response.url.host}:{response.url.port} is not this version of Clarity.",
        "Check CLARITY_GATEWAY_URL, and that page, command line and service are of one release.",
        status=response.status_code,
        code="foreign_answer",
    )


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
