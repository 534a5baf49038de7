"""PayPal over a real socket: its interface, the page for payers, signed webhooks."""

import base64
import json
import threading
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.paypal import approval
from tests.paypal.protocol import Answer, Protocol
from tests.paypal.world import World

WEBHOOK_ID = "WH0ID"
CERTIFICATE_PATH = "/v1/notifications/certs/CERT-360caa42-fca2a594-5a29e601"


class Signer:
    """Signs events as PayPal does."""

    def __init__(self, *, bits: int = 2048, days: int = 3650) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts")])
        begin = datetime(2020, 1, 1, tzinfo=UTC)
        builder = x509.CertificateBuilder(name, name, self.key.public_key())
        builder = builder.serial_number(1).not_valid_before(begin)
        builder = builder.not_valid_after(begin + timedelta(days=days))
        certificate = builder.sign(self.key, SHA256())
        self.pem = certificate.public_bytes(Encoding.PEM)

    def headers(
        self, body: bytes, *, base: str, webhook_id: str = WEBHOOK_ID, at: str = ""
    ) -> dict[str, str]:
        """The headers of an event."""
        number = str(uuid.uuid4())
        at = at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"{number}|{at}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = self.key.sign(text, padding.PKCS1v15(), SHA256())
        return {
            "paypal-auth-algo": "SHA256withRSA",
            "paypal-cert-url": base + CERTIFICATE_PATH,
            "paypal-transmission-id": number,
            "paypal-transmission-time": at,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "content-type": "application/json",
        }


class Server:
    """A running PayPal.

    Args:
        now: its time, which then stands still; None: the real time, which goes on.
        signer: of its events.

    Attributes:
        base: its address.
        world: what it knows; change it under `lock`.
        delivered: kind and answer of every event that was sent to `deliver_to`.
    """

    def __init__(self, now: datetime | None, signer: Signer) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        port = self._http.server_address[1]
        self.base = f"http://127.0.0.1:{port}"
        # To a browser another site than a shop at 127.0.0.1, as PayPal is.
        self.world = World(now or datetime.now(UTC), page=f"http://localhost:{port}")
        self.protocol = Protocol(self.world)
        self.signer = signer
        self.lock = threading.Lock()
        self.delivered: list[tuple[str, int]] = []
        self._goes_on = now is None
        self._happened = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._happened.set()
        self._http.shutdown()
        self._http.server_close()

    def deliver_to(self, url: str) -> None:
        """From now on send every event to a webhook, in order, again until it is taken."""
        threading.Thread(target=self._deliver, args=(url,), daemon=True).start()

    def _deliver(self, url: str) -> None:
        sent = 0
        while not self._closed:
            self._happened.wait()
            self._happened.clear()
            with self.lock:
                waiting = self.world.events[sent:]
            for event in waiting:
                if not self._send_event(url, event):
                    time.sleep(1)
                    self._happened.set()
                    break
                sent += 1

    def _send_event(self, url: str, event: dict[str, Any]) -> bool:
        headers, body = self.signed(event)
        try:
            answer = httpx.post(url, content=body, headers=headers, trust_env=False, timeout=30)
        except httpx.TransportError:
            return False
        self.delivered.append((event["event_type"], answer.status_code))
        return answer.is_success

    def settled(self, seconds: float = 10) -> bool:
        """Whether every event so far was delivered and taken, within some time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.lock:
                if len(self.world.events) == sum(status == 200 for _, status in self.delivered):
                    return True
            time.sleep(0.1)
        return False

    def signed(self, event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """An event as it is sent: headers and body."""
        body = json.dumps(event, indent=1).encode()
        return self.signer.headers(body, base=self.base), body

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The world at this moment, for one change; its events are on their way afterwards."""
        with self.lock:
            if self._goes_on:
                self.world.move(max(timedelta(), datetime.now(UTC) - self.world.now))
            yield
        self._happened.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                if self.path == CERTIFICATE_PATH:
                    self._send(200, server.signer.pem, "application/x-pem-file")
                elif shown := approval.page(server.world, address.path, address.query):
                    self._send(200, shown.encode(), "text/html; charset=utf-8")
                else:
                    self._answer(b"")

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                address = urlsplit(self.path)
                if address.path in (approval.AGREE, approval.BUY):
                    self._go_back(address.path, address.query, body.decode())
                else:
                    self._answer(body)

            def _go_back(self, path: str, query: str, form: str) -> None:
                with server.at_work():
                    place = approval.answer(server.world, path, query, form)
                self.send_response(303 if place else 404)
                self.send_header("location", place or "/")
                self.send_header("content-length", "0")
                self.end_headers()

            def _answer(self, body: bytes) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                with server.at_work():
                    answer = server.protocol.answer(self.command, self.path, headers, body)
                self._write(answer)

            def _write(self, answer: Answer) -> None:
                content = b"" if answer.content is None else json.dumps(answer.content).encode()
                self._send(answer.status, content, "application/json")

            def _send(self, status: int, content: bytes, kind: str) -> None:
                self.send_response(status)
                if status != 204:
                    self.send_header("content-type", kind)
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
