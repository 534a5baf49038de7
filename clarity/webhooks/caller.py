"""Makes the calls that wait, a few at a time: a slow receiver holds up nobody but itself."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.clock import Clock, now
from clarity.database import Database
from clarity.rounds import Rounds
from clarity.webhooks import service
from clarity.webhooks.rules import signature
from clarity.webhooks.tables import CallRow, WebhookRow
from clarity.webhooks.wire import NotTaken, Wire

IDLE_SECONDS = 2.0
HANDS = 8
"""Calls at once, each to another webhook: so every receiver hears things in their order."""

log = structlog.get_logger("clarity.webhooks")


class Caller(Rounds):
    """Safe beside other callers. A crash after a call makes it twice: its identifier tells.

    Args:
        database: of the webhooks.
        secret_of: webhook's identifier -> its secret.
        wire: makes a single call.
        clock: tells the time.
    """

    def __init__(
        self,
        database: Database,
        secret_of: Callable[[str], str],
        *,
        wire: Wire | None = None,
        clock: Clock = now,
    ) -> None:
        super().__init__("webhooks", self._run)
        self._database = database
        self._secret_of = secret_of
        self._wire = wire or Wire()
        self._clock = clock
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._free = threading.Event()

    def call_one(self) -> bool:
        """Make the oldest call that is due; False when none is."""
        taken = self._take()
        if taken is None:
            return False
        self._make(*taken)
        return True

    def _take(self) -> tuple[CallRow, WebhookRow] | None:
        with self._lock:
            busy = frozenset(self._busy)
            if len(busy) >= HANDS:
                return None
            with self._database.read() as session:
                if not service.is_due(session, now=self._clock(), but=busy):
                    return None
            with self._database.write() as session:
                found = service.take(session, now=self._clock(), but=busy)
            if found is not None:
                self._busy.add(found[1].id)
            return found

    def _make(self, call: CallRow, hook: WebhookRow) -> None:
        try:
            outcome, done = self._call(hook.id, hook.url, call.event_id, call.body.encode())
            with self._database.write() as session:
                service.note(session, call.id, hook.id, outcome, done=done, now=self._clock())
        except SQLAlchemyError as error:
            log.error("webhook-not-noted", error=type(error).__name__)
        finally:
            with self._lock:
                self._busy.discard(hook.id)
            self._free.set()

    def _call(self, hook: str, url: str, event: str, body: bytes) -> tuple[str, bool]:
        """How a call went, and whether it is done with."""
        seconds = int(self._clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Clarity-Webhooks/1",
            "Clarity-Event": event,
            "Clarity-Signature": signature(self._secret_of(hook), seconds, body),
        }
        try:
            status = self._wire.post(url, body, headers)
        except NotTaken as error:
            return f"failed: {error}", False
        return f"HTTP {status}", 200 <= status < 300

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._free.clear()
            try:
                taken = self._take()
            except SQLAlchemyError as error:
                log.error("webhook-not-called", error=type(error).__name__)
                taken = None
            if taken is None:
                self._free.wait(IDLE_SECONDS)
                continue
            threading.Thread(target=self._make, args=taken, name="webhook", daemon=True).start()
