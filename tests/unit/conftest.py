"""For all unit tests: databases (SQLite, and MariaDB where there is one), and `__main__`."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pymysql
import pytest


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as `__main__`, which spawned processes then import."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a MariaDB server without its database: CLARITY_TEST_MYSQL, or one started here."""
    if given := os.environ.get("CLARITY_TEST_MYSQL"):
        yield given
        return
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if not server or not install:
        pytest.skip("no MariaDB here: install mariadb-server or set CLARITY_TEST_MYSQL")
    folder = tmp_path_factory.mktemp("mariadb")
    yield from _start(server, install, folder)


def _start(server: str, install: str, folder: Path) -> Iterator[str]:
    own = ["--no-defaults", f"--datadir={folder / 'data'}", f"--user={getpass.getuser()}"]
    subprocess.run([install, *own, "--auth-root-authentication-method=normal"], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listen = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}"]
    process = subprocess.Popen([server, *own, *listen])
    try:
        _wait_for(port)
        yield f"mysql+pymysql://root@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(150):
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="root").close()
        except pymysql.OperationalError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("MariaDB did not start")


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes the URL of a fresh database for a service's name."""
    if request.param == "sqlite":
        return lambda service: f"sqlite:///{tmp_path}/{service}.sqlite"
    server = request.getfixturevalue("mariadb_server")

    def fresh(service: str) -> str:
        from sqlalchemy import create_engine, text

        name = f"clarity_{service}_{uuid.uuid4().hex[:8]}"
        with create_engine(server).begin() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        return f"{server}/{name}"

    return fresh
