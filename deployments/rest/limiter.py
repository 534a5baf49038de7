"""Rate limits: how often one address or one account may do something."""

import time
from typing import ClassVar

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from clarity.errors import ClarityError


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


class Limiter:
    """Counts in one storage, whoever asks.

    Args:
        url: of the storage, as the library `limits` names it. `memory://` counts in this
            process; replicas need one storage that they share.
    """

    def __init__(self, url: str) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(storage_from_string(url))
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
        if not self._strategy.hit(item, *key):
            reset = self._strategy.get_window_stats(item, *key).reset_time
            raise TooManyRequests(max(1, int(reset - time.time()) + 1), limit.replace("/", " a "))
