"""A web site on this machine that stands in for the whole Internet.

Names resolve to a public address, and the connection to that address ends here, so the guard
checks what it checks in production and every byte goes over a real socket.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

PUBLIC = "93.184.215.14"
"""An address that is public; nothing is ever sent to it."""


class Site:
    """What the Internet answers.

    Attributes:
        pages: body and headers by `host/path`; a body of bytes, or a status for an error.
        visits: `host/path` of every request that arrived.
        dialled: every address a connection was made to.
        names: addresses of names that are not at `PUBLIC`.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.pages: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.visits: list[str] = []
        self.dialled: list[str] = []
        self.names: dict[str, list[str]] = {}

    def serve(
        self, address: str, body: bytes | str = b"", *, status: int = 200, **headers: str
    ) -> None:
        """Answer at `host/path`; underscores in header names stand for hyphens."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[address] = (status, content, named)

    def redirect(self, address: str, target: str) -> None:
        self.serve(address, status=302, Location=target)

    def resolve(self, host: str, port: int) -> list[str]:
        return self.names.get(host, [PUBLIC])

    def dial(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.dialled.append(address[0])
        return socket.create_connection(("127.0.0.1", self._port), timeout)


class _Handler(BaseHTTPRequestHandler):
    site: ClassVar[Site]

    def do_GET(self) -> None:
        address = f"{self.headers['Host']}{self.path}"
        self.site.visits.append(address)
        missing = (404, b"", {})
        status, body, headers = self.site.pages.get(address, missing)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_GET  # noqa: N815
    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running_site() -> Iterator[Site]:
    """A site on a free port of the loopback interface."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.site = Site(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield handler.site
        finally:
            server.shutdown()
            thread.join()
