"""Work that goes round and round in a thread of its own until it is told to stop."""

import threading
from collections.abc import Callable
from typing import Self

CLOSE_SECONDS = 5.0


class Rounds:
    """A daemon thread that may be started once.

    Args:
        name: of the thread.
        work: runs until the event that it is given is set; waits by it.
    """

    def __init__(self, name: str, work: Callable[[threading.Event], None]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=work, args=(self._stop,), name=name, daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def is_going(self) -> bool:
        """Whether the work has begun and has not ended."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Tell the work to stop, and wait a little for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)
