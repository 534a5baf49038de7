"""How much memory a process and its descendants take at most."""

import threading
from contextlib import suppress
from typing import Self

import psutil

PERIOD_SECONDS = 1.0


class PeakMemory:
    """Watches this process and all its descendants while a `with` block runs.

    Attributes:
        peak_bytes: largest sum seen; pages shared between processes count once (PSS) where
            the system tells, as Linux does.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, _family_bytes())
            if self._ended.wait(PERIOD_SECONDS):
                return


def _family_bytes() -> int:
    root = psutil.Process()
    total = 0
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.Error):  # it ended while we looked
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    return total
