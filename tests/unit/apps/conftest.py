"""The real gateway over a real socket, for the faces that speak to it."""

import io
import threading
import time

import pytest
import structlog
import uvicorn

from deployments.logs import configure_logs
from tests.unit.gateway.conftest import Installation


@pytest.fixture(scope="module")
def clarity(tmp_path_factory):
    configure_logs(io.StringIO())  # the command line's output is looked at
    made = Installation(tmp_path_factory.mktemp("home"))
    config = uvicorn.Config(made.app, port=0, log_level="error", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    made.member_by_service("ann@example.org")
    with made.working():
        yield made
    server.should_exit = True
    thread.join(10)
    made.close()
    structlog.reset_defaults()
