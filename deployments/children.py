"""A process started and kept running beside the cluster."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1


class Child:
    """Started again when it ends by itself, with growing pauses.

    Args:
        command: to run.
        environment: of the child, whole.
        log: file that takes its output.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._pause = FIRST_PAUSE_SECONDS
        self._not_before = 0.0
        self.starts = 0
        self._start()

    def tend(self) -> None:
        """Start the child again if it has ended; call this every now and then."""
        if self._process.poll() is None:
            return
        if not self._not_before:
            steady = time.monotonic() - self._began > STEADY_SECONDS
            self._pause = FIRST_PAUSE_SECONDS if steady else self._pause * 2
            self._not_before = time.monotonic() + min(self._pause, LONGEST_PAUSE_SECONDS)
        if time.monotonic() >= self._not_before:
            self._start()

    def stop(self) -> None:
        """End the child: politely, then for good."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = self._open(log)
        self._began = time.monotonic()
        self._not_before = 0.0
        self.starts += 1

    def _open(self, log: BinaryIO) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C goes to the whole group; the child is to end after the cluster, by `stop`.
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent() -> None:
    """Let the kernel end this process when its parent is killed and cannot clean up."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
