"""Makes the calls that wait, one at a time, in a thread of its own; to public addresses only."""

import http.client
import ssl
import threading
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.clock import Clock, now
from clarity.database import Database
from clarity.errors import ClarityError
from clarity.media.fetching.errors import FetchError
from clarity.media.fetching.guard import Dial, Guard, Resolve, check_url, dial, resolve
from clarity.rounds import Rounds
from clarity.webhooks import service
from clarity.webhooks.rules import signature

IDLE_SECONDS = 2.0
CALL_SECONDS = 10.0

log = structlog.get_logger("clarity.webhooks")


class BadWebhook(ClarityError):
    """The address is none that may be called."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "bad-webhook"
    hint = "Give a public address that speaks https on its usual port, without a user name."


def checked_address(url: str) -> str:
    """The address in its plain form; nothing is resolved or visited.

    Raises:
        BadWebhook: it is not https, or not public, or carries a user or a port.
    """
    host = urlsplit(url.strip()).hostname or ""
    try:
        plain = check_url(url, hosts=[host])
    except FetchError as error:
        raise BadWebhook(error.message) from error
    if not plain.startswith("https://") or "." not in host:
        raise BadWebhook("A webhook is called by https, at a public name.")
    return plain


class Caller(Rounds):
    """Safe beside other callers. A crash after a call makes it twice: its identifier tells.

    Args:
        database: of the webhooks.
        secret_of: webhook's identifier -> its secret.
        clock: tells the time.
        resolve, dial: of the network.
        context: of TLS; by default the system's authorities are trusted.
    """

    def __init__(
        self,
        database: Database,
        secret_of: Callable[[str], str],
        *,
        clock: Clock = now,
        resolve: Resolve = resolve,
        dial: Dial = dial,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__("webhooks", self._run)
        self._database = database
        self._secret_of = secret_of
        self._clock = clock
        self._resolve, self._dial = resolve, dial
        self._context = context or ssl.create_default_context()

    def call_one(self) -> bool:
        """Make the oldest call that is due; False when none is."""
        with self._database.read() as session:
            if not service.is_due(session, now=self._clock()):
                return False
        with self._database.write() as session:
            found = service.take(session, now=self._clock())
        if found is None or found[0].id is None:
            return False
        call, hook = found
        outcome, done = self._call(hook.id, hook.url, call.event_id, call.body.encode())
        with self._database.write() as session:
            service.note(session, found[0].id, hook.id, outcome, done=done, now=self._clock())
        return True

    def _call(self, hook: str, url: str, event: str, body: bytes) -> tuple[str, bool]:
        """How a call went, and whether it is done with."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        guard = Guard(CALL_SECONDS, hosts=[host], resolve=self._resolve, dial=self._dial)
        connection = http.client.HTTPSConnection(host, timeout=CALL_SECONDS, context=self._context)
        # Where the client makes its one connection; the guard resolves, checks and connects.
        connection._create_connection = guard.connect  # type: ignore[attr-defined]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Clarity-Webhooks/1",
            "Clarity-Event": event,
            "Clarity-Signature": signature(
                self._secret_of(hook), int(self._clock().timestamp()), body
            ),
        }
        try:
            path = parts.path or "/"
            connection.request(
                "POST", f"{path}?{parts.query}" if parts.query else path, body, headers
            )
            answer = connection.getresponse()
            answer.read(4096)
        except (OSError, http.client.HTTPException, ValueError) as error:
            refused = guard.refusal.message if guard.refusal else type(error).__name__
            return f"failed: {refused}", False
        finally:
            connection.close()
        # A redirect is not followed: it could lead anywhere.
        return f"HTTP {answer.status}", 200 <= answer.status < 300

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                busy = self.call_one()
            except SQLAlchemyError as error:
                log.error("webhook-not-called", error=type(error).__name__)
                busy = False
            if not busy:
                stop.wait(IDLE_SECONDS)
