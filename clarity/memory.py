"""Memory that a process frees is kept for the next array.

Without this glibc gives every large array back to the system, which clears it page by page when
the next frame or training step asks for it again: a seventh of a clip's processor time, and of a
training step's (docs/log.md).
"""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENAS = -1, -3, -8  # <malloc.h>
_MOST = 2**31 - 1  # bytes; mallopt takes an int


def keep_freed() -> None:
    """Tell the allocator of this process, early; does nothing where it is not glibc's."""
    with suppress(AttributeError, OSError):
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_MMAP_THRESHOLD, _MOST)
        allocator.mallopt(_TRIM_THRESHOLD, _MOST)
        allocator.mallopt(_ARENAS, 1)  # those of threads hold 64 MB at most, larger arrays never
