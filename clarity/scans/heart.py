"""The heartbeat of a scan in work: keeps its lease, writes down how far it is."""

import threading
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from clarity.clock import Clock
from clarity.database import Database
from clarity.scans import leases
from clarity.scans.leases import LeaseLost
from clarity.scans.messages import Stage
from clarity.scans.rules import QueueRules
from clarity.scans.tables import ScanRow

BEATS_PER_LEASE = 4
"""So many beats must be missed before a lease runs out."""


class Heart:
    """Beats in a thread of its own, because a stage may be silent for long.

    Args:
        scans: the queue.
        row: the leased scan.
        rules: of the queue.
        longest: after this the beats stop and the lease runs out.
        stop: set when the worker is told to stop.
        clock: tells the time.
    """

    def __init__(
        self,
        scans: Database,
        row: ScanRow,
        *,
        rules: QueueRules,
        longest: timedelta,
        stop: threading.Event,
        clock: Clock,
    ) -> None:
        self._scans = scans
        self._id, self._lease = row.id, row.lease or ""
        self._rules = rules
        self._clock = clock
        self._until = clock() + longest
        self._stop = stop
        self._stage, self._fraction = Stage.WAITING, 0.0
        self._lost = False
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heart", daemon=True)

    @property
    def stopped(self) -> bool:
        """Whether the worker was told to stop."""
        return self._stop.is_set()

    def progress(self, stage: str, fraction: float) -> None:
        """Note how far the scan is; raises `LeaseLost` when it is not worth going on."""
        changed = stage != self._stage
        self._stage, self._fraction = Stage(stage), min(max(fraction, 0.0), 1.0)
        if changed:
            self._wake.set()
        self.check()

    def check(self) -> None:
        """Raise `LeaseLost` when the scan is another worker's, or this one must stop."""
        if self._lost or self.stopped:
            raise LeaseLost("The scan goes on elsewhere.")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._wake.set()
        self._thread.join()

    def _beat_on(self) -> None:
        pause = self._rules.lease.total_seconds() / BEATS_PER_LEASE
        while not self._over.is_set() and not self._lost and self._clock() < self._until:
            self._wake.wait(pause)
            self._wake.clear()
            if not self._over.is_set():
                self._beat()

    def _beat(self) -> None:
        try:
            with self._scans.write() as session:
                leases.heartbeat(
                    session,
                    self._id,
                    self._lease,
                    stage=self._stage,
                    fraction=self._fraction,
                    now=self._clock(),
                    rules=self._rules,
                )
        except LeaseLost:
            self._lost = True
        except SQLAlchemyError:
            return  # The next beat may succeed; if none does, the lease runs out.
