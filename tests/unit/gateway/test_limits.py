"""Rate limits have one authority, however many gateways there are."""

import shutil
import socket
import subprocess
import time

import pytest

from clarity.settings import Settings
from deployments.rest.app import create_app
from deployments.rest.limit_file import FileStorage
from deployments.rest.limiter import BadLimitStorage, Limiter, TooManyRequests, open_limiter
from deployments.rest.services import gather

from .conftest import check_url

MINUTE = "5/minute"


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    """URL of a Redis that is started here."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no Redis here: install redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["file", "redis"])
def limits_url(request):
    return "" if request.param == "file" else request.getfixturevalue("redis_server")


def hits(limiter, count, *key):
    """How many of so many requests are let through."""
    passed = 0
    for _ in range(count):
        try:
            limiter.hit(MINUTE, *key)
            passed += 1
        except TooManyRequests as error:
            assert 1 <= error.retry_after <= 121  # noqa: PT017
    return passed


def test_two_gateways_share_one_limit(installed, limits_url):
    first = installed(address_limit=MINUTE, limits_url=limits_url)
    services = gather(
        first.settings, first.archive, first.catalogue, check_url, first.members, first.desk
    )
    apps = (first.app, create_app(services))
    codes = []
    for number in range(10):
        first.app = apps[number % 2]
        codes.append(first.call("GET", "/v1/models").status_code)
    assert codes.count(200) == 5
    assert codes[5:] == [429] * 5


def test_what_was_counted_outlives_the_gateway(tmp_path):
    assert hits(open_limiter("", home=tmp_path, secret="s"), 7, "address", "a") == 5
    again = open_limiter("", home=tmp_path, secret="s")
    assert hits(again, 1, "address", "a") == 0
    assert hits(again, 7, "address", "b") == 5


def test_no_address_stands_in_the_file(tmp_path):
    hits(open_limiter("", home=tmp_path, secret="s"), 3, "address", "203.0.113.77")
    for path in tmp_path.iterdir():
        assert b"203.0.113" not in path.read_bytes()


def test_a_storage_that_is_gone_leaves_a_limit_and_no_error(tmp_path):
    storage = FileStorage(tmp_path / "limits.sqlite")
    limiter = Limiter(storage, secret="s")
    assert hits(limiter, 2, "address", "a") == 2
    storage.close()
    assert hits(limiter, 9, "address", "a") == 5


def test_a_server_that_does_not_answer_leaves_a_limit_and_takes_no_time(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}"
        limiter = open_limiter(url, home=tmp_path, secret="s")
        began = time.monotonic()
        assert hits(limiter, 9, "address", "a") == 5
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("url", ["nonsense", "redos://:password@host", "async+memory://"])
def test_an_address_that_names_no_storage_is_told_without_its_password(tmp_path, url):
    with pytest.raises(BadLimitStorage) as caught:
        open_limiter(url, home=tmp_path, secret="s")
    assert "password@" not in str(caught.value)


def test_the_address_of_the_storage_is_a_secret_of_the_settings(tmp_path):
    settings = Settings(home=tmp_path, limits_url="redis://:hunter2@host")
    assert "hunter2" not in repr(settings)


def test_windows_slide_and_counters_are_swept(tmp_path, monkeypatch):
    storage = FileStorage(tmp_path / "limits.sqlite")
    moment = 60_000.0
    monkeypatch.setattr(time, "time", lambda: moment)
    assert [storage.acquire_sliding_window_entry("k", 4, 60) for _ in range(6)].count(True) == 4
    moment += 90  # half of the last window counts still
    assert [storage.acquire_sliding_window_entry("k", 4, 60) for _ in range(4)].count(True) == 2
    moment += 1000
    assert storage.acquire_sliding_window_entry("k", 4, 60)
    assert storage.reset() == 1, "what ran out is gone"
