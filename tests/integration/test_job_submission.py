"""`ray job submit -- python -m train launch`: training on a cluster that others started.

By its name it comes before the tests that share a running Clarity: see test_faults_in_training.
"""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
import psutil
import pytest

from clarity.detectors import parameters as flat
from tests.integration import launching
from tests.running import ROOT, free_port
from train.job import FIGURES

RAY = Path(sys.executable).with_name("ray")
START_SECONDS = 120
JOB_SECONDS = 400


@contextmanager
def head_node(programs: Path) -> Iterator[dict[str, str]]:
    """A cluster of one machine, started by `ray start`; what a customer of it needs to know.

    Args:
        programs: folder that keeps compiled ones.
    """
    token = secrets.token_hex(32)
    environment = launching.environment(programs) | {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    port = free_port()
    # Short, because socket paths below it may not exceed 107 characters.
    with TemporaryDirectory(prefix="clarity-ray-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            f"{RAY} start --head --block --num-cpus 3 --object-store-memory 100000000 "
            f"--port 0 --ray-client-server-port {free_port()} "
            f"--dashboard-host 127.0.0.1 --dashboard-port {port} --temp-dir {folder}".split(),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, token, process)
            yield environment | {"RAY_API_SERVER_ADDRESS": address}
        finally:
            family = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            process.wait(60)
            _, alive = psutil.wait_procs(family, timeout=20)
            for left in alive:
                left.kill()


def wait_for(address: str, token: str, process: subprocess.Popen[bytes]) -> None:
    """Until the cluster takes jobs."""
    deadline = time.monotonic() + START_SECONDS
    headers = {"Authorization": f"Bearer {token}"}
    while time.monotonic() < deadline:
        assert process.poll() is None, "the cluster did not start"
        try:
            if httpx.get(f"{address}/api/jobs/", headers=headers, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError("the cluster takes no jobs")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_submitted_job_trains_on_the_cluster_it_was_given(tmp_path: Path) -> None:
    initial = launching.prepare(tmp_path)
    train = launching.command(
        tmp_path,
        "launch efficientnet_lite0 --phase 128-start --steps 4 --size 32 --batch 8 "
        "--name submitted",
    )
    with head_node(tmp_path) as environment:
        done = subprocess.run(
            [RAY, "job", "submit", "--", *train],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=JOB_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "succeeded" in done.stdout
    run = tmp_path / "runs" / "submitted"
    figures = [json.loads(line) for line in (run / FIGURES).read_text().splitlines()]
    assert figures[-1]["step"] == 4
    result = flat.read(run / "128-start.safetensors")
    assert any((result[name] != initial[name]).any() for name in initial)
    assert all(np.isfinite(value).all() for value in result.values())
