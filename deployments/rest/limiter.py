"""Rate limits: how often one address or one account may do something."""

import time
from pathlib import Path
from typing import ClassVar

import structlog
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from clarity.accounts.rules import keyed_digest
from clarity.errors import ClarityError
from deployments.rest.limit_file import FileStorage

AWAY_SECONDS = 5.0
"""So long a storage that did not answer is not asked again."""
ANSWER_SECONDS = 0.25
"""A server of counters that takes longer is away: every request waits for it."""

log = structlog.get_logger("clarity.limiter")


class TooManyRequests(ClarityError):
    """The rate limit is used up.

    Attributes:
        retry_after: seconds until it is worth trying again.
    """

    status: ClassVar[int] = 429
    code: ClassVar[str] = "too-many-requests"
    hint = "Slow down; try again after the time in Retry-After."

    def __init__(self, seconds: int, limit: str) -> None:
        super().__init__(f"More than {limit} requests are not answered.")
        self.retry_after = seconds


class BadLimit(ClarityError):
    """A rate limit of the settings cannot be read."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "bad-limit"
    hint = "Write it as 20/minute, 5/second or 1000/hour."


class BadLimitStorage(ClarityError):
    """The storage of the rate limits cannot be used."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "bad-limit-storage"
    hint = "Set CLARITY_LIMITS_URL to redis://host or rediss://user:password@host, or leave it out."


class Limiter:
    """Counts in one storage, whichever gateway asks; in this process while that is away.

    Args:
        storage: of the counters.
        secret: keys their names, so that no address stands in the storage.
    """

    def __init__(self, storage: Storage, *, secret: str) -> None:
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._away_until = 0.0
        self._secret = secret
        self._parsed: dict[str, RateLimitItem] = {}

    def read(self, limit: str) -> RateLimitItem:
        """A limit as the library takes it; raises `BadLimit`."""
        if limit not in self._parsed:
            try:
                self._parsed[limit] = parse(limit)
            except ValueError as error:
                raise BadLimit(f"{limit!r} is not a rate limit.") from error
        return self._parsed[limit]

    def hit(self, limit: str, *key: str) -> None:
        """Count one request.

        Args:
            limit: such as `20/minute`.
            key: what is limited and for whom.

        Raises:
            TooManyRequests: it is one too many.
        """
        item = self.read(limit)
        seconds = self._counted(item, keyed_digest(self._secret, "rate limits", "\x00".join(key)))
        if seconds is not None:
            raise TooManyRequests(seconds, limit.replace("/", " a "))

    def _counted(self, item: RateLimitItem, name: str) -> int | None:
        """Count; the seconds to wait where it is one too many."""
        if time.monotonic() >= self._away_until:
            try:
                return _hit(self._shared, item, name)
            except StorageError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.error("limits-not-shared", error=type(error.storage_error).__name__)
        return _hit(self._own, item, name)


def open_limiter(url: str, *, home: Path, secret: str) -> Limiter:
    """The limiter of an installation.

    Args:
        url: of the storage, as the library `limits` names it; empty: a file below `home`.
        home: folder of the installation.
        secret: of the installation.

    Raises:
        BadLimitStorage: there is no such storage.
    """
    if not url:
        return Limiter(FileStorage(home / "limits.sqlite"), secret=secret)
    options = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    given = options if url.startswith(("redis", "valkey")) else {}
    try:
        storage = storage_from_string(url, wrap_exceptions=True, **given)
    except (ConfigurationError, ValueError) as error:
        # The address may have a password in it.
        raise BadLimitStorage("The address in CLARITY_LIMITS_URL names no storage.") from error
    if not isinstance(storage, Storage):
        raise BadLimitStorage("The storage in CLARITY_LIMITS_URL is an asynchronous one.")
    return Limiter(storage, secret=secret)


def _hit(strategy: SlidingWindowCounterRateLimiter, item: RateLimitItem, name: str) -> int | None:
    if strategy.hit(item, name):
        return None
    reset = strategy.get_window_stats(item, name).reset_time
    return max(1, int(reset - time.time()) + 1)
