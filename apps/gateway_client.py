"""The one way to the gateway: page and command line speak HTTP through it.

It rides out a restart of the service: what may be asked twice is repeated with growing pauses.
What can be asked is told by the clients of scans, models, people, money and so on.
"""

import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ConfigDict, TypeAdapter, ValidationError

from apps.credentials import Credentials
from clarity.scans.messages import Problem

DEFAULT_URL = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 120.0
"""How long an accepted scan is waited for while the service does not answer."""
CONTACT_SECONDS = 10.0
"""How long any other call waits for a service that does not answer."""
PAPER_SECONDS = 60.0
"""How long making a file may take: a PDF is set when it is asked for."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
RESTARTING = frozenset({502, 503, 504})

Answer = TypeVar("Answer")


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


def gateway_url() -> str:
    """Address of the gateway: `CLARITY_GATEWAY_URL`, or the one of a local service."""
    return os.environ.get("CLARITY_GATEWAY_URL") or DEFAULT_URL


def gateway_authority() -> Path | None:
    """`CLARITY_GATEWAY_CA`: who vouches for the gateway; None: whom this machine trusts anyway."""
    given = os.environ.get("CLARITY_GATEWAY_CA")
    return Path(given) if given else None


class Gateway:
    """A connection to the service. Safe to share between threads.

    Args:
        url: where the service listens, without `/v1`.
        authority: PEM file of the certificate that the service has, or of who signed it.
        patience: seconds that an accepted scan is waited for while the service does not answer.
        contact: seconds that every other call waits for a service that does not answer.
        credentials: as whom to call; a stranger unless told.

    Calls raise `GatewayError` with a message and a hint, and `ServiceUnreachable` when that
    time has run out.
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
        self.patience = patience
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

        def call() -> httpx.Response:
            return self.once(method, path, **options)

        if method == "GET":
            return self.patiently(call)
        try:
            return call()
        except httpx.TransportError as error:
            raise self.unreachable(error) from error

    def file(self, place: str, name: str) -> bytes:
        """A file of a scan, a link, a case or a review: `report.json`, `receipt.json`, a picture.

        Args:
            place: of what it belongs to, below the gateway's address.
            name: of the file; a picture's as `images/NAME`.
        """
        return self.ask("GET", f"{place}/{quote(name)}", timeout=PAPER_SECONDS).content

    def once(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One call that is never repeated; raises `httpx.TransportError` if nothing answers."""
        return _checked(self._http.request(method, path, auth=self._credentials, **options))

    def stream(
        self, method: str, path: str, **options: Any
    ) -> AbstractContextManager[httpx.Response]:
        """One call whose answer, an error too, is read while it comes; raises as `once` does."""
        return self._http.stream(method, path, auth=self._credentials, **options)

    def patiently(self, call: Callable[[], httpx.Response]) -> httpx.Response:
        """Repeat `call`, which asks by `once`, with growing pauses while nothing answers."""
        start = time.monotonic()
        attempt = 0
        while True:
            try:
                return call()
            except (httpx.TransportError, ServiceUnreachable) as error:
                attempt += 1
                if time.monotonic() - start + pause(attempt) > self._contact:
                    raise self.unreachable(error) from error
                time.sleep(pause(attempt))

    def unreachable(self, why: Exception) -> ServiceUnreachable:
        """What to tell a person when nothing answered for long enough."""
        if "CERTIFICATE_VERIFY_FAILED" in str(why):
            return ServiceUnreachable(
                f"What answers at {self.url} cannot prove that it is the Clarity service.",
                "Let CLARITY_GATEWAY_CA name the PEM file of who signed its certificate.",
                code="not_trusted",
            )
        return ServiceUnreachable(
            f"The Clarity service does not answer at {self.url}.",
            "Start it with `clarity up` (or `make run`), or point CLARITY_GATEWAY_URL to it.",
            code="unreachable",
        )


def pause(attempt: int) -> float:
    """Seconds to wait after the `attempt`-th call, from 1 on, that nothing answered."""
    return min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)


def read_answer(form: type[Answer] | TypeAdapter[Answer], response: httpx.Response) -> Answer:
    """What was answered; `GatewayError` where that is of another form."""
    adapter = form if isinstance(form, TypeAdapter) else TypeAdapter(form)
    try:
        return adapter.validate_json(response.content)
    except ValidationError as error:
        raise GatewayError(
            f"What answers at {response.url.host}:{response.url.port} "
            "is not this version of Clarity.",
            "Check CLARITY_GATEWAY_URL, and that page, command line and service are of one "
            "release.",
            status=response.status_code,
            code="foreign_answer",
        ) from error


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
