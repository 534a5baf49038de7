"""The supervised child: started again when it ends, ended when asked, never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from deployments import children
from deployments.children import Child


def wait_until(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def sleeper(tmp_path):
    return Child(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        environment={},
        log=tmp_path / "logs" / "child.log",
    )


def test_a_child_that_dies_is_started_again(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "FIRST_PAUSE_SECONDS", 0.01)
    child = sleeper(tmp_path)
    first = child.pid
    child.tend()
    assert child.pid == first, "a living child is left alone"
    os.kill(first, signal.SIGKILL)

    def again():
        child.tend()
        return child.pid != first

    wait_until(again)
    child.stop()
    assert child.starts == 2


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "FIRST_PAUSE_SECONDS", 0.05)
    child = Child(["/bin/true"], environment={}, log=tmp_path / "child.log")
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        child.tend()
        time.sleep(0.01)
    child.stop()
    assert 2 <= child.starts <= 6


def test_stop_ends_also_a_child_that_will_not_listen(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "STOP_SECONDS", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "child.log"
    child = Child([sys.executable, "-c", deaf], environment={}, log=log)
    wait_until(lambda: log.read_text() == "deaf\n")
    child.stop()
    assert not alive(child.pid)


def test_the_child_goes_when_its_parent_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from deployments.children import Child;"
        f"c = Child(['/bin/sleep', '60'], environment={{}}, log=Path({str(tmp_path / 'l')!r}));"
        "print(c.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not alive(pid) or "Z" in status(pid))


def status(pid):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(line for line in lines if line.startswith("State"))
    except FileNotFoundError:
        return "Z gone"
