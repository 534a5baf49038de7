"""A worker dies, then the driver: training on Ray ends with as many steps as undisturbed.

The command of a person, on a cluster of its own. By its name it comes before the tests that
share a running Clarity: two clusters at once are slow on two cores.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from clarity.detectors import parameters as flat
from tests.integration import launching
from train.job import FIGURES

ROOT = Path(__file__).parents[2]
STEPS = 40
SECONDS = 400


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        launching.command(
            folder,
            f"launch efficientnet_lite0 --workers 2 --phase 128-start --steps {STEPS} --size 32 "
            "--batch 8 --name faults",
        ),
        cwd=ROOT,
        env=launching.environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def workers(process: subprocess.Popen[str]) -> Iterator[psutil.Process]:
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if "RayTrainWorker" in " ".join(child.cmdline()):
                yield child


def wait_for_lines(process: subprocess.Popen[str], path: Path, count: int) -> None:
    """Until a run that goes on has reported so often."""
    deadline = time.monotonic() + SECONDS
    while not path.is_file() or len(path.read_text().splitlines()) < count:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "no report"
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_worker_and_a_killed_driver_cost_no_step(tmp_path: Path) -> None:
    initial = launching.prepare(tmp_path)
    run = tmp_path / "runs" / "faults"

    process = start(tmp_path)
    wait_for_lines(process, run / FIGURES, 1)
    victim = next(workers(process))
    victim.kill()
    victim.wait(60)
    before = len((run / FIGURES).read_text().splitlines())
    wait_for_lines(process, run / FIGURES, before + 1)
    assert len({worker.pid for worker in workers(process)} - {victim.pid}) == 2
    orphans = list(workers(process))
    process.send_signal(signal.SIGKILL)
    process.wait()
    # idle agents of Ray linger a minute longer; they hold none of the run's files
    _, alive = psutil.wait_procs(orphans, timeout=60)
    assert not alive

    process = start(tmp_path)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output
    assert "parameters:" in output
    lines = [json.loads(line) for line in (run / FIGURES).read_text().splitlines()]
    print("\n".join(f"{line['seconds']:6.1f} s step {line['step']}" for line in lines))
    assert [line["step"] for line in lines][-1] == STEPS
    # each report but the last may be made twice: its checkpoint came after it
    assert sorted({line["step"] for line in lines}) == [10, 20, 30, 40]
    result = flat.read(run / "128-start.safetensors")
    assert all(np.isfinite(value).all() for value in result.values())
    assert any((result[name] != initial[name]).any() for name in initial)
