"""The scanner: takes scans from the queue in background threads and works on them."""

import os
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from clarity import memory
from clarity.carbon.places import place
from clarity.media.fetch import fetch
from clarity.scans.archive import open_archive, queue_rules
from clarity.scans.precedence import Precedence
from clarity.scans.rules import CUSTOMERS, FREE_LANE, Lane
from clarity.scans.worker import Worker
from clarity.settings import Settings
from deployments.logs import open_logs
from deployments.panel import ClusterJudge

LITTER_SECONDS = 3600.0
"""Uploads that were begun so long ago and never finished belong to processes that died."""
STOP_SECONDS = 5.0
FREE_NICENESS = 19


class ScannerReplica:
    """Works on scans; nobody calls it for that. Killed, it loses nothing but time."""

    def __init__(self, settings: Settings, detectors: Mapping[str, Any]) -> None:
        memory.keep_freed()
        open_logs(settings, "scanner")
        self._stop = threading.Event()
        self._archive = open_archive(settings)
        self._archive.store.sweep(older_than=LITTER_SECONDS)
        # Customers have workers of their own: what they hand in is begun at once, and what has
        # less priority pauses until it is done.
        precedence = Precedence()
        lanes = [FREE_LANE, CUSTOMERS] * settings.scanner_threads
        self._threads = [
            threading.Thread(
                target=_run,
                args=(self._worker(settings, detectors, precedence, lane), lane, self._stop),
            )
            for lane in lanes
        ]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def _worker(
        self,
        settings: Settings,
        detectors: Mapping[str, Any],
        precedence: Precedence,
        lane: Lane,
    ) -> Worker:
        return Worker(
            self._archive,
            judge=ClusterJudge(
                detectors,
                where=place(settings.region),
                anchors=settings.provenance_anchors,
                deliveries=settings.deliveries,
                cascade=settings.cascade,
            ),
            fetch=_fetch,
            rules=queue_rules(settings),
            longest=timedelta(seconds=settings.scan_seconds),
            lane=lane,
            precedence=precedence,
        )

    def working(self) -> bool:
        """Whether every worker thread is alive."""
        return all(thread.is_alive() for thread in self._threads)

    def check_health(self) -> None:
        """Asked by Serve, which replaces the replica when this raises."""
        if not self.working():
            raise RuntimeError("a worker thread has died")

    def __del__(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)


def _run(worker: Worker, lane: Lane, stop: threading.Event) -> None:
    if lane is FREE_LANE and sys.platform == "linux":
        # Of this thread and of the decoders that it starts: what a free scan is at when a
        # customer's begins goes on at this price until it can pause.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FREE_NICENESS)
    worker.run(stop)


def _fetch(url: str, folder: Path) -> Path:
    return fetch(url, folder).path
