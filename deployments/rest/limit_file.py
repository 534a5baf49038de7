"""Where rate limits count unless told otherwise: a file that all processes of a machine share."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import floor
from pathlib import Path

from limits.storage import SlidingWindowCounterSupport, Storage
from limits.storage.base import TimestampedSlidingWindow

BUSY_SECONDS = 0.25
SWEEP_SECONDS = 60.0


class FileStorage(Storage, SlidingWindowCounterSupport, TimestampedSlidingWindow):
    """Counters in SQLite, for the library `limits`: one authority for several gateways.

    Nothing is waited for to reach the disk: a power cut may forgive a minute's requests.
    """

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__(wrap_exceptions=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._swept = 0.0
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS counter"
            "(key TEXT PRIMARY KEY, count INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID"
        )

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count `amount` unless the weighted count of this and the last window forbids it."""
        now = time.time()
        previous, current = self.sliding_window_keys(key, expiry, now)
        with self._alone(now):
            weighted = self._count(previous, now) * (1 - now / expiry % 1)
            if floor(weighted + self._count(current, now)) + amount > limit:
                return False
            self._add(current, amount, now + 2 * expiry, now)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Counts of the last and of this window, each with the seconds that it still matters."""
        now = time.time()
        previous, current = self.sliding_window_keys(key, expiry, now)
        left = (1 - now / expiry % 1) * expiry
        with self._alone(now):
            before = self._count(previous, now)
            return before, left if before else 0.0, self._count(current, now), left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        for name in self.sliding_window_keys(key, expiry, time.time()):
            self.clear(name)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        with self._alone(now):
            return self._add(key, amount, now + expiry, now)

    def get(self, key: str) -> int:
        now = time.time()
        with self._alone(now):
            return self._count(key, now)

    def get_expiry(self, key: str) -> float:
        now = time.time()
        with self._alone(now):
            found = self._connection.execute(
                "SELECT until FROM counter WHERE key = ? AND until > ?", (key, now)
            ).fetchone()
        return float(found[0]) if found else now

    def check(self) -> bool:
        with self._lock:
            self._connection.execute("SELECT 1 FROM counter LIMIT 1")
        return True

    def reset(self) -> int:
        with self._alone(time.time()):
            return self._connection.execute("DELETE FROM counter").rowcount

    def clear(self, key: str) -> None:
        with self._alone(time.time()):
            self._connection.execute("DELETE FROM counter WHERE key = ?", (key,))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _alone(self, now: float) -> Iterator[None]:
        """A transaction that no other thread or process writes beside."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                if now - self._swept > SWEEP_SECONDS:
                    self._connection.execute("DELETE FROM counter WHERE until <= ?", (now,))
                    self._swept = now
                yield
            finally:
                self._connection.execute("COMMIT")

    def _count(self, key: str, now: float) -> int:
        found = self._connection.execute(
            "SELECT count FROM counter WHERE key = ? AND until > ?", (key, now)
        ).fetchone()
        return int(found[0]) if found else 0

    def _add(self, key: str, amount: int, until: float, now: float) -> int:
        count = self._count(key, now) + amount
        self._connection.execute(
            "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "count = excluded.count, until = CASE WHEN counter.until > ? "
            "THEN counter.until ELSE excluded.until END",
            (key, count, until, now),
        )
        return count
