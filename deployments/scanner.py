"""The scanner: takes scans from the queue in background threads and works on them."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from clarity.carbon.places import place
from clarity.media.fetch import fetch
from clarity.scans.archive import open_archive, queue_rules
from clarity.scans.worker import Worker
from clarity.settings import Settings
from deployments.logs import open_logs
from deployments.panel import ClusterJudge

LITTER_SECONDS = 3600.0
"""Uploads that were begun so long ago and never finished belong to processes that died."""
STOP_SECONDS = 5.0


class ScannerReplica:
    """Works on scans; nobody calls it for that. Killed, it loses nothing but time."""

    def __init__(self, settings: Settings, detectors: Mapping[str, Any]) -> None:
        open_logs(settings, "scanner")
        self._stop = threading.Event()
        self._archive = open_archive(settings)
        self._archive.store.sweep(older_than=LITTER_SECONDS)
        self._threads = [
            threading.Thread(target=self._worker(settings, detectors).run, args=(self._stop,))
            for _ in range(settings.scanner_threads)
        ]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def _worker(self, settings: Settings, detectors: Mapping[str, Any]) -> Worker:
        return Worker(
            self._archive,
            judge=ClusterJudge(
                detectors, where=place(settings.region), anchors=settings.provenance_anchors
            ),
            fetch=_fetch,
            rules=queue_rules(settings),
            longest=timedelta(seconds=settings.scan_seconds),
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


def _fetch(url: str, folder: Path) -> Path:
    return fetch(url, folder).path
