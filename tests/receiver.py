"""What a customer runs: a receiver of webhooks, by https, on this machine."""

import http.server
import socket
import ssl
import threading
from pathlib import Path

from tests.certificates import certificate

HOST = "hooks.example.org"


class Receiver:
    """Notes every call, answers as told.

    Attributes:
        calls: path, headers and body of each.
        status: of the answers.
        go: an answer waits for it.
        drip: seconds between the bytes of an answer's head; 0: all at once.
        certificate: PEM file; made out to `HOST` and to this machine.
        place: `host:port` of it.
    """

    def __init__(self, folder: Path) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.drip = 0.0
        self.go = threading.Event()
        self.go.set()
        self.certificate, key = certificate(folder, host=HOST)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def dial(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """In place of the network's: whatever public address was checked leads here."""
        assert address == ("93.184.215.14", 443), "the very address that was checked"
        return socket.create_connection(self.server.server_address, timeout)

    def close(self) -> None:
        self.go.set()
        self.server.shutdown()
        self.server.server_close()


def _handler(receiver: Receiver) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append((self.path, dict(self.headers), body))
            receiver.go.wait(20)
            if receiver.drip:
                self._drip()
            self.send_response(receiver.status)
            self.send_header("Location", "https://127.0.0.1/inside")
            self.end_headers()

        def _drip(self) -> None:
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
                    self.wfile.write(bytes([byte]))
                    threading.Event().wait(receiver.drip)
            except OSError:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    return Handler
