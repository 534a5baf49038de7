"""Service and page over TLS, switched on by two settings, as `clarity up` starts them."""

import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests import certificates
from tests.running import ROOT, Service, free_port, running

HOST = "clarity.example.org"


def certificate(folder: Path, *, host: str = HOST, loopback: bool = True) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key, in two files."""
    return certificates.certificate(folder, host=host, loopback=loopback)


def command(url: str, *words: str, authority: Path | None) -> subprocess.CompletedProcess[str]:
    """The `clarity` command, in a process of its own."""
    environment = {**os.environ, "CLARITY_GATEWAY_URL": url, "COLUMNS": "200"}
    environment.pop("CLARITY_GATEWAY_CA", None)
    if authority:
        environment["CLARITY_GATEWAY_CA"] = str(authority)
    line = [sys.executable, "-c", "from apps.cli.main import main; main()", *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=environment)


def up(tmp_path: Path, pair: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    """`clarity up` with settings that it refuses."""
    settings = {"CLARITY_TLS_CERTIFICATE": str(pair[0]), "CLARITY_TLS_KEY": str(pair[1])}
    line = [sys.executable, "-m", "deployments.up", "--port", str(free_port())]
    return subprocess.run(
        [*line, "--home", str(tmp_path / "home"), "--no-app"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | settings,
        timeout=60,
    )


def test_a_key_of_another_certificate_is_told_at_once(tmp_path):
    mine, other = certificate(tmp_path), certificate(tmp_path, host="other.example.org")
    for pair in ((mine[0], other[1]), (mine[0], tmp_path / "none"), (mine[1], mine[1])):
        refused = up(tmp_path, pair)
        assert refused.returncode == 1
        assert "TLS cannot be switched on" in refused.stderr
        assert "CLARITY_TLS_CERTIFICATE" in refused.stderr


@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_service_page_and_command_line_speak_tls(tmp_path):
    chain, key = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(chain))
    page = free_port()
    settings = {
        "CLARITY_TLS_CERTIFICATE": str(chain),
        "CLARITY_TLS_KEY": str(key),
        "CLARITY_CUSTOMER_PANEL": "[]",
    }
    with running(
        tmp_path / "home",
        *("--app-port", str(page), "--review-port", str(free_port())),
        settings=settings,
        trust=trust,
    ) as service:
        models = service.http.get("/v1/models")
        assert models.status_code == 200
        assert "max-age=31536000" in models.headers["strict-transport-security"]
        _page_speaks_tls(f"https://127.0.0.1:{page}", trust)
        _plain_and_old_are_refused(service)
        told = command(service.url, "models", "--json", authority=chain)
        assert told.returncode == 0, told.stderr
        distrusted = command(service.url, "models", authority=None)
        assert distrusted.returncode != 0
        assert "cannot prove" in distrusted.stderr
        other, _ = certificate(tmp_path, host="other.example.org")
        assert command(service.url, "models", authority=other).returncode != 0


def _page_speaks_tls(url: str, trust: ssl.SSLContext) -> None:
    with httpx.Client(verify=trust, trust_env=False) as client:
        answer = client.get(url)
        assert answer.status_code == 200
        assert "strict-transport-security" in answer.headers
        assert "Secure" in answer.headers["set-cookie"]


def _plain_and_old_are_refused(service: Service) -> None:
    address = ("127.0.0.1", httpx.URL(service.url).port)
    with pytest.raises(httpx.TransportError):
        httpx.get(service.url.replace("https", "http") + "/v1/health", trust_env=False)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(address, timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(plain)
