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


class Limiter:
    """Counts in one storage, whoever asks.

    Args:
        url: of the storage, as the library `limits` names it. `memory://` counts in this
            process; replicas need one storage that they share.
    """

    def __init__(self, url: str) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(storage_from_string(url))
        self._parsed: dict[str, RateLimitItem] = {}

    def hit(self, limit: str, *key: str) -> None:
        """Count one request.

        Args:
            limit: such as `20/minute`.
            key: what is limited and for whom.

        Raises:
            TooManyRequests: it is one too many.
        """
        item = self._parsed.setdefault(limit, parse(limit))
        if not self._strategy.hit(item, *key):
            reset = self._strategy.get_window_stats(item, *key).reset_time
            raise TooManyRequests(max(1, int(reset - time.time()) + 1), limit.replace("/", " a "))
