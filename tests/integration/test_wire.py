"""Attacks below HTTP's surface, over a real socket, on the service as it really listens."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.running import Service

PATIENCE = 25.0


def talk(service: Service, *pieces: bytes, pause: float = 0.0, drip: bytes = b"") -> bytes:
    """Send pieces, then `drip` again and again until the other side ends it; what it said."""
    heard = b""
    until = time.monotonic() + PATIENCE
    address = ("127.0.0.1", httpx.URL(service.url).port)
    with socket.create_connection(address, timeout=PATIENCE) as line:
        try:
            for piece in pieces:
                line.sendall(piece)
            line.settimeout(pause or PATIENCE)
            while time.monotonic() < until:
                try:
                    if not (more := line.recv(65536)):
                        return heard
                    heard += more
                    if not drip:
                        return heard
                except TimeoutError:
                    if heard and drip:
                        return heard
                    line.sendall(drip)
        except (ConnectionResetError, BrokenPipeError):
            return heard
    raise AssertionError(f"still open after {PATIENCE:g} s: {heard[:200]!r}")


def post(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: clarity", *headers, "", ""]).encode()


def test_bodies_and_heads_that_drip_are_cut_off(service):
    """All at once, because each takes its time."""
    form = "Content-Type: multipart/form-data; boundary=b"
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    attacks = {
        "body": (post("/v1/sessions", "Content-Length: 5000"), b" "),
        "chunks": (post("/v1/accounts", "Transfer-Encoding: chunked"), b"1\r\n \r\n"),
        "silent upload": (post("/v1/scans", form, "Content-Length: 5000") + part, b""),
        "slow upload": (post("/v1/scans", form, "Content-Length: 500000") + part, b"x"),
        "head": (b"GET /v1/models HTTP/1.1\r\n", b"X-A: 1\r\n"),
        "nothing": (b"", b""),
    }
    with ThreadPoolExecutor(len(attacks)) as threads:
        running = {
            name: threads.submit(talk, service, begin, pause=0.5, drip=drip)
            for name, (begin, drip) in attacks.items()
        }
        heard = {name: future.result() for name, future in running.items()}
    for name in ("body", "chunks", "silent upload", "slow upload"):
        assert heard[name].startswith(b"HTTP/1.1 408"), (name, heard[name][:300])
    assert heard["head"] == heard["nothing"] == b""
    assert service.http.get("/v1/health").status_code == 200


@pytest.mark.parametrize("kind", ["many", "long"])
def test_a_flood_of_headers_is_cut_off(service, kind):
    line = b"X-Flood: " + b"a" * (100 if kind == "many" else 10_000_000) + b"\r\n"
    flood = [line] * (100_000 if kind == "many" else 1)
    begin = b"GET /v1/models HTTP/1.1\r\nHost: clarity\r\n"
    heard = talk(service, begin, *flood, b"\r\n")
    assert not heard.startswith(b"HTTP/1.1 2")
    assert service.http.get("/v1/health").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        post("/v1/sessions", "Content-Length: -1"),
        post("/v1/sessions", "Content-Length: 5", "Content-Length: 6") + b"hello!",
        post("/v1/sessions", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        post("/v1/sessions", "Transfer-Encoding: chunked") + b"zz\r\n",
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_refused(service, request_):
    heard = talk(service, request_)
    assert heard == b"" or heard.startswith(b"HTTP/1.1 4"), heard[:300]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../../../etc/passwd",
        "/v1/scans/../../../../etc/passwd",
        "/v1/scans/x/images/../../../../etc/passwd",
        "/v1/scans/x/images/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/scans/x/images/%2e%2e/%2e%2e/etc/passwd",
        "/v1/scans/x/images/..%5c..%5cwindows",
        "/v1/scans/x/images/face-0.png%00.html",
        "/v1/shares/../evidence/keys%00",
        "//etc/passwd",
        "/v1/models/%2e%2e%2f%2e%2e%2fetc",
        "/v1//scans",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_no_path_leads_out(service, path):
    heard = talk(service, f"GET {path} HTTP/1.1\r\nHost: clarity\r\n\r\n".encode())
    assert heard.startswith((b"HTTP/1.1 404", b"HTTP/1.1 422", b"HTTP/1.1 400")), heard[:300]
    assert b"root:" not in heard
