"""Whose turn it is in one process: a scan pauses while one of higher priority is in work."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clarity.errors import ClarityError
from clarity.scans.rules import Priority

LONGEST_PAUSE_SECONDS = 60.0
"""A scan that has paused for so long goes back into the queue."""
CHECK_SECONDS = 0.25


class GaveWay(ClarityError):
    """The scan waited for others for so long that it is to begin again."""

    status = 409
    code = "gave-way"
    hint = "Nothing needs to be done: the scan waits for its turn."


class Precedence:
    """Shared by the workers of one process, whose processor they share too."""

    def __init__(self) -> None:
        self._at_work: Counter[int] = Counter()
        self._change = threading.Condition()

    @property
    def least(self) -> int:
        """Nothing of lower priority should be begun now."""
        with self._change:
            return self._highest()

    @contextmanager
    def at_work(self, priority: int) -> Iterator[None]:
        """While the block runs, scans of lower priority pause."""
        with self._change:
            self._at_work[priority] += 1
        try:
            yield
        finally:
            with self._change:
                self._at_work[priority] -= 1
                self._at_work += Counter()  # drops what is zero
                self._change.notify_all()

    def give_way(self, priority: int, check: Callable[[], None]) -> None:
        """Return when nothing of higher priority is in work.

        Args:
            priority: of the scan that asks.
            check: called now and then; what it raises ends the pause.

        Raises:
            GaveWay: it has taken too long.
        """
        until = time.monotonic() + LONGEST_PAUSE_SECONDS
        while not self._wait(priority):
            check()
            if time.monotonic() > until:
                raise GaveWay("Scans of higher priority went first for too long.")

    def _wait(self, priority: int) -> bool:
        with self._change:
            return self._change.wait_for(lambda: self._highest() <= priority, CHECK_SECONDS)

    def _highest(self) -> int:
        return max(self._at_work, default=int(Priority.FREE))
