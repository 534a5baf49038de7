"""PayPal over a real socket, with its key, its certificate and its webhooks."""

import base64
import json
import threading
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

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

    Attributes:
        base: its address.
        world: what it knows; change it under `lock`.
    """

    def __init__(self, now: datetime, signer: Signer) -> None:
        self.world = World(now)
        self.protocol = Protocol(self.world)
        self.signer = signer
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def signed(self, event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """An event as it is sent: headers and body."""
        body = json.dumps(event, indent=1).encode()
        return self.signer.headers(body, base=self.base), body

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == CERTIFICATE_PATH:
                    self._send(200, server.signer.pem, "application/x-pem-file")
                    return
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                with server.lock:
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
