"""The service is killed while an expert's text is being saved: nothing that was acknowledged is
lost, and saving goes on where it was."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.running import free_port

from .reviewing import expert, form, opened, queue

ROOT = Path(__file__).parents[3]
SERVE = """
import sys
from pathlib import Path
import uvicorn
from tests.unit.gateway.conftest import Installation
installation = Installation(Path(sys.argv[1]), entrance_limit="1000/minute")
uvicorn.run(installation.app, port=int(sys.argv[2]), log_level="error")
"""


@pytest.fixture
def service(tmp_path):
    """Starts the real gateway over a home as a process of its own; ends what it started."""
    running = []

    def start(home, port):
        command = [sys.executable, "-c", SERVE, str(home), str(port)]
        log = (tmp_path / "log").open("ab")
        running.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert running[-1].poll() is None, (tmp_path / "log").read_text()
            try:
                httpx.get(f"http://127.0.0.1:{port}/v1/health", trust_env=False)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return running[-1]
        raise AssertionError((tmp_path / "log").read_text())

    yield start
    for process in running:
        process.kill()
        process.wait(10)


def test_every_acknowledged_save_survives_a_kill(installed, service):
    clarity = installed(entrance_limit="1000/minute")
    admin = clarity.member("admin@example.org", role="administrator")
    ada = expert(clarity, admin, "ada@example.org")
    opened(clarity, clarity.member("cara@example.org", plan="pro"), kind="request")
    place = f"/v1/reviews/{queue(ada)[0]['id']}"
    port = free_port()
    base = f"http://127.0.0.1:{port}{place}"
    process = service(clarity.settings.home, port)
    told, version = [], 0
    with httpx.Client(headers={"Authorization": f"Bearer {ada.token}"}, trust_env=False) as client:
        for number in range(10_000):
            if number == 12:
                # at an unforeseen moment of one of the next saves
                subprocess.Popen(["sh", "-c", f"sleep 0.05; kill -9 {process.pid}"])
            body = form(notes=f"sentence {number}")
            try:
                saved = client.put(f"{base}/draft", json=body, headers={"If-Match": f'"{version}"'})
            except httpx.TransportError:
                break
            assert saved.status_code == 200, saved.text
            version = saved.json()["version"]
            told.append((version, body["notes"]))
        process.wait(10)
        assert process.returncode == -signal.SIGKILL
        assert len(told) >= 12

        service(clarity.settings.home, port)
        kept = {one["version"] for one in client.get(f"{base}/versions").json()}
        assert {number for number, _ in told} <= kept
        newest = client.get(f"{base}/draft").json()
        # the save that was cut off is there whole or not at all
        assert newest["form"]["notes"] in (told[-1][1], f"sentence {len(told)}")
        again = client.put(
            f"{base}/draft",
            json=form(notes="goes on"),
            headers={"If-Match": f'"{newest["version"]}"'},
        )
        assert again.status_code == 200
