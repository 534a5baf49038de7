"""Two processes with a batch each train as one does with both batches; no Ray."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

from clarity.detectors import parameters as flat
from tests.unit.train.spmd import one_of_several

HASTY = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
ROOT = Path(__file__).parents[4]
TOLERANCE = 1e-5
"""Of a parameter; sums over processes are rounded in another order."""


def together(folder: Path) -> list[flat.Parameters]:
    folder.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", one_of_several.__name__, str(rank), "2", address, str(folder)],
            cwd=ROOT,
            env={**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT), **HASTY},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate(timeout=240)[0] for process in processes]
    assert all(process.returncode == 0 for process in processes), "\n".join(outputs)
    return [flat.read(folder / f"{rank}.safetensors") for rank in range(2)]


def apart(one: flat.Parameters, other: flat.Parameters) -> float:
    assert one.keys() == other.keys()
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


def test_two_processes_train_as_one_with_the_doubled_batch(tmp_path):
    first, second = together(tmp_path / "two")
    alone = one_of_several.fit(tmp_path / "one", 0, 1)
    assert apart(first, second) == 0
    print(f"one process and two: largest difference of a parameter {apart(first, alone):.2g}")
    assert apart(first, alone) < TOLERANCE
    # what both saved together is whole: they go on from it and end alike
    shutil.rmtree(tmp_path / "two" / "run" / "step-6")
    again, _ = together(tmp_path / "two")
    assert apart(first, again) == 0
