"""A sample of fixed size from a stream, the same in whatever order the stream comes."""

import hashlib
from collections.abc import Callable
from heapq import heappush, heappushpop
from typing import Generic, TypeVar

Value = TypeVar("Value")


def place(name: str) -> int:
    """A name's place in the draw: the first 8 bytes of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


class LowestHashes(Generic[Value]):
    """Keeps the values of the `size` names whose hashes are lowest (bottom-k sampling).

    Args:
        size: how many are kept, at least 1.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._highest_first: list[tuple[int, str]] = []
        self._kept: dict[str, Value] = {}

    def offer(self, name: str, value: Callable[[], Value]) -> None:
        """Keep the first value of a name if the name is drawn; else `value` is not called."""
        if name in self._kept:
            return
        entry = (-place(name), name)
        if len(self._kept) < self._size:
            heappush(self._highest_first, entry)
        elif entry < self._highest_first[0]:
            return
        else:
            del self._kept[heappushpop(self._highest_first, entry)[1]]
        self._kept[name] = value()

    def get(self, name: str) -> Value | None:
        return self._kept.get(name)

    def values(self) -> list[Value]:
        """All kept values in the order of the draw."""
        return [self._kept[name] for _, name in sorted(self._highest_first, reverse=True)]
