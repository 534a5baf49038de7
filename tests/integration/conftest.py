"""One running Clarity for all integration tests: started as a person would, by `clarity up`."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 240
STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Service:
    """A running installation.

    Attributes:
        url: of the gateway.
        home: folder of everything it keeps.
        process: of `clarity up`; every other process of it is a descendant.
        output: lines printed so far.
        http: a client that knows the address.
    """

    url: str
    home: Path
    process: subprocess.Popen[str]
    output: list[str]
    http: httpx.Client

    @property
    def detector(self) -> str:
        """Deployment of the first detector of the panel."""
        return f"detector-{self.http.get('/v1/models').json()[0]['name']}"

    def replicas(self, deployment: str) -> list[psutil.Process]:
        """Processes of a deployment's replicas."""
        wanted = f"ServeReplica:clarity:{deployment}"
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if wanted in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue  # It ended while we looked.
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """Of the service: none of the tester's own settings, but other releases if so wished."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLARITY_") or name == "CLARITY_RELEASES"
    }
    own = {
        "CLARITY_METRICS_PORT": str(free_port()),
        "CLARITY_UPLOAD_BYTES": str(20 * 1024**2),
        # all tests are one address, and some ask many times a second
        "CLARITY_ADDRESS_LIMIT": "1000000/minute",
        "CLARITY_FREE_SCAN_LIMIT": "1000000/minute",
        "CLARITY_ENTRANCE_LIMIT": "1000000/minute",
    }
    return {**kept, **own}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("clarity")
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "deployments.up",
            "--no-app",
            "--port",
            str(port),
            "--home",
            str(home),
        ],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    output: list[str] = []
    ready = threading.Event()
    threading.Thread(target=_read, args=(process, output, ready), daemon=True).start()
    ready.wait(START_SECONDS)
    try:
        assert any("Ready" in line for line in output), "".join(output)
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            yield Service(url, home, process, output, http)
    finally:
        _stop(process, output)


def _read(process: subprocess.Popen[str], output: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line)
        if "Ready" in line:
            ready.set()
    ready.set()


def _stop(process: subprocess.Popen[str], output: list[str]) -> None:
    """Ctrl-C; nothing of the service may stay."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    try:
        status = process.wait(STOP_SECONDS)
    finally:
        _, alive = psutil.wait_procs(family, timeout=10)
        for left in alive:
            left.kill()
    assert status == 0, "".join(output)
    assert not alive, f"left behind: {alive}"
