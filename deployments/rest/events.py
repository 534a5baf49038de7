"""Server-sent events: a scan's progress until it is finished (WHATWG HTML, section 9.2)."""

import asyncio
import time
from collections.abc import AsyncIterator

from clarity.scans.archive import Archive
from clarity.scans.messages import Scan, ScanState
from clarity.scans.rules import FINISHED

POLL_SECONDS = 0.15
WAIT_POLL_SECONDS = 0.05
"""The same for who waits for the end alone: it is part of the time to answer."""
LONGEST_POLL_SECONDS = 2.0
"""Between two looks at a scan with many before it: those who wait must not slow the work."""
COMMENT_SECONDS = 10.0
"""Silence after which a comment is sent, so that proxies and clients keep the line open."""


def is_finished(scan: Scan) -> bool:
    return ScanState(scan.state) in FINISHED


async def wait_for(archive: Archive, scan_id: str, seconds: float) -> Scan:
    """The scan when it is finished, or as it is after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        scan = await asyncio.to_thread(archive.scan, scan_id)
        left = until - time.monotonic()
        if is_finished(scan) or left <= 0:
            return scan
        await asyncio.sleep(min(_pause(scan, WAIT_POLL_SECONDS), left))


async def progress(archive: Archive, scan_id: str) -> AsyncIterator[str]:
    """The scan as an event, at once, whenever it changes, and for the last time at its end.

    The whole state travels every time: a client that connects again has missed nothing.
    """
    shown: Scan | None = None
    spoke = time.monotonic()
    while True:
        scan = await asyncio.to_thread(archive.scan, scan_id)
        if scan != shown:
            shown, spoke = scan, time.monotonic()
            yield f"event: scan\ndata: {scan.model_dump_json()}\n\n"
            if is_finished(scan):
                return
        elif time.monotonic() - spoke > COMMENT_SECONDS:
            spoke = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_pause(scan))


def _pause(scan: Scan, shortest: float = POLL_SECONDS) -> float:
    ahead = scan.waiting.ahead if scan.waiting else 0
    return min(shortest * (1 + ahead), LONGEST_POLL_SECONDS)
