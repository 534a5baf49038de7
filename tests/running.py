"""A running Clarity, started as a person would: by `clarity up`, in processes of its own."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[1]
START_SECONDS = 240
STOP_SECONDS = 60
LETTER_SECONDS = 20


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

    @property
    def family(self) -> list[psutil.Process]:
        """Every process of it."""
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def replicas(self, deployment: str) -> list[psutil.Process]:
        """Processes of a deployment's replicas."""
        wanted = f"ServeReplica:clarity:{deployment}"
        found = []
        for process in self.family:
            try:
                if wanted in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue  # It ended while we looked.
        return found


def token_of_letter(home: Path, email: str) -> str:
    """The token of the newest letter to an address; waits for the postman."""
    until = time.monotonic() + LETTER_SECONDS
    while time.monotonic() < until:
        for path in sorted((home / "mail").glob("*.eml"), reverse=True):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            if letter["To"] == email:
                return str(re.findall(r"token=(\S+)", letter.get_content())[0])
        time.sleep(0.2)
    raise AssertionError("no letter came")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    home: Path,
    *options: str,
    settings: Mapping[str, str] | None = None,
    trust: ssl.SSLContext | None = None,
) -> Iterator[Service]:
    """A service while the block runs; afterwards nothing of it may be left.

    Args:
        home: folder of everything it keeps.
        options: of `clarity up`, beside port and home.
        settings: environment of its own; none of the tester's settings reach it.
        trust: for an installation that speaks https.
    """
    port = free_port()
    command = [sys.executable, "-m", "deployments.up", "--port", str(port), "--home", str(home)]
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env=_environment(settings or {}),
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
        url = f"{'https' if trust else 'http'}://127.0.0.1:{port}"
        with httpx.Client(base_url=url, trust_env=False, timeout=60, verify=trust or True) as http:
            yield Service(url, home, process, output, http)
    finally:
        stop(process, output)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """None of the tester's own settings, but other releases if so wished."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLARITY_") or name == "CLARITY_RELEASES"
    }
    return {**kept, "CLARITY_METRICS_PORT": str(free_port()), **settings}


def _read(process: subprocess.Popen[str], output: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line)
        if "Ready" in line:
            ready.set()
    ready.set()


def stop(process: subprocess.Popen[str], output: list[str]) -> None:
    """Ctrl-C; nothing of the service may stay. Twice is once."""
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGINT)
    try:
        status = process.wait(STOP_SECONDS)
    finally:
        _, alive = psutil.wait_procs(family, timeout=10)
        for left in alive:
            left.kill()
    assert status == 0, "".join(output)
    assert not alive, f"left behind: {alive}"
