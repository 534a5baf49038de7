"""Pure decisions of the scan queue."""

import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import PurePath
from statistics import fmean

from clarity.errors import ClarityError
from clarity.scans.messages import Problem, ScanState

SECONDS_PER_SCAN = 5.0
"""A rough mean, only used to say when to come back, and how long to wait before any was done."""

FINISHED = frozenset({ScanState.DONE, ScanState.FAILED})


class Priority(IntEnum):
    """Higher is taken first; nobody stands below the free lane."""

    FREE = 0
    CUSTOMER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Priorities that a worker takes, both ends with it; None: without a bound."""

    least: int = Priority.FREE
    most: int | None = None


EVERYBODY = Lane()
FREE_LANE = Lane(most=Priority.FREE)
CUSTOMERS = Lane(least=Priority.FREE + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """How the queue treats its workers and its guests.

    Attributes:
        lease: life of a lease between two heartbeats.
        attempts: how often a scan may crash its worker before it has failed.
        free_waiting: free scans that may wait; one more is refused.
    """

    lease: timedelta = timedelta(seconds=10)
    attempts: int = 3
    free_waiting: int = 100


def new_scan_id() -> str:
    """An identifier that cannot be guessed (144 random bits): it is the key to the scan."""
    return secrets.token_urlsafe(18)


def request_digest(*parts: str) -> str:
    """SHA-256 in hex of what a request asks for: tells a repetition from another request."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def scoped_key(secret: str, client: str, key: str) -> str:
    """An idempotency key as it is stored.

    Keyed with the client, so that two strangers with the same key never meet in one scan,
    and with the secret, so that the stored value gives neither of the two away.
    """
    text = f"{client}\x00{key}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def shown_name(name: str | None) -> str:
    """A file name fit to be shown: no folders, no control characters, 120 characters."""
    last = PurePath((name or "").replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[:120] or "upload"


def panel_names(stored: str) -> tuple[str, ...]:
    """Detectors that a stored scan asks for; none: all."""
    return tuple(filter(None, stored.split(",")))


def retry_after(waiting: int) -> int:
    """Whole seconds after which a place is likely to be free, from 5 to 300."""
    return min(300, max(5, math.ceil(waiting * SECONDS_PER_SCAN / 10)))


def wait_seconds(ahead: int, recent: Sequence[float]) -> int:
    """Whole seconds until a scan with so many before it is likely to be done, one at a time.

    Args:
        ahead: scans that come first.
        recent: seconds that scans took of late; none: a rough mean is taken.
    """
    each = fmean(recent) if recent else SECONDS_PER_SCAN
    return math.ceil((ahead + 1) * each)


def spent(attempts: int, rules: QueueRules) -> bool:
    """Whether a scan that lost its worker this often has had its last attempt."""
    return attempts >= rules.attempts


def lease_end(now: datetime, rules: QueueRules) -> datetime:
    return now + rules.lease


def problem_of(error: ClarityError) -> Problem:
    """The problem document of an error."""
    return Problem(
        type=f"/problems/{error.code}",
        title=_title(error),
        status=error.status,
        detail=error.message,
        hint=error.hint,
    )


def _title(error: ClarityError) -> str:
    words = (error.code or type(error).__name__).replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]
