"""Loading a detector tells nobody and forks nothing."""

import subprocess
import sys

PROGRAM = """
import os, sys, threading
events = []
def watch(event, arguments):
    if event in ("os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect"):
        events.append(event)
sys.addaudithook(watch)
os.environ.pop("CI", None)
from clarity.detectors.runtimes.telemetry import quiet_openvino
assert quiet_openvino().Core
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join(2)
assert "CI" not in os.environ
sys.exit(repr(events) if events else 0)
"""


def test_importing_openvino_forks_nothing_and_connects_nowhere():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
