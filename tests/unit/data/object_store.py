"""A bucket on a local socket that speaks Google Cloud Storage's JSON API, as far as DVC asks.

https://cloud.google.com/storage/docs/json_api: list, look up, resumable upload and download.
Without a token it answers as the real one does where a bucket is not public.
"""

import base64
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

# The client asks for the kind of a bucket by gRPC, which is not spoken here; it reads this when
# it is imported.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"

BUCKET = "faces"


class Bucket(ThreadingHTTPServer):
    """`objects`: name -> content. `public`: whether callers without a token may do anything."""

    daemon_threads = True

    def __init__(self, *, public: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self.public = public

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def bucket(*, public: bool = True) -> Iterator[Bucket]:
    server = Bucket(public=public)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        if self._refused():
            return
        path, query = self._asked()
        if name := self._object(path):
            if name not in self.server.objects:
                self._answer(404, {"error": {"code": 404, "message": "No such object"}})
            elif query.get("alt") == "media" or path.startswith("/download"):
                self._send(200, self.server.objects[name], "application/octet-stream")
            else:
                self._answer(200, self._facts(name))
        elif path == f"/storage/v1/b/{BUCKET}/o":
            self._answer(200, self._listing(query))
        elif path == f"/storage/v1/b/{BUCKET}":
            self._answer(200, {"kind": "storage#bucket", "name": BUCKET})
        else:
            self._answer(404, {"error": {"code": 404, "message": path}})

    def do_POST(self) -> None:
        if self._refused():
            return
        path, query = self._asked()
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if path == "/resume":
            self._go_on(query, body)
        else:
            number = str(len(self.server.uploads))
            self.server.uploads[number] = b""
            place = f"/resume?upload={number}&name={quote(query['name'])}"
            headers = {"Location": self.server.address + place}
            self._send(200, b"", "application/json", headers)

    def _go_on(self, query: dict[str, str], body: bytes) -> None:
        """The next piece of a resumable upload."""
        whole = self.server.uploads[query["upload"]] + body
        self.server.uploads[query["upload"]] = whole
        if self.headers["Content-Range"].endswith("/*"):
            self._send(308, b"", "application/json", {"Range": f"bytes=0-{len(whole) - 1}"})
            return
        self.server.objects[query["name"]] = whole
        self._answer(200, self._facts(query["name"]))

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}

    def _object(self, path: str) -> str | None:
        found = re.fullmatch(rf"(?:/download)?/storage/v1/b/{BUCKET}/o/(.+)", path)
        return unquote(found[1]) if found else None

    def _listing(self, query: dict[str, str]) -> dict[str, object]:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        items, folders = [], set()
        for name in sorted(self.server.objects):
            if name.startswith(prefix):
                rest = name[len(prefix) :]
                if delimiter and delimiter in rest:
                    folders.add(prefix + rest.split(delimiter)[0] + delimiter)
                else:
                    items.append(self._facts(name))
        return {"kind": "storage#objects", "items": items, "prefixes": sorted(folders)}

    def _facts(self, name: str) -> dict[str, str]:
        content = self.server.objects[name]
        return {
            "kind": "storage#object",
            "bucket": BUCKET,
            "name": name,
            "size": str(len(content)),
            "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
            "generation": "1",
            "etag": "CAE=",
            "updated": "2026-01-01T00:00:00.000Z",
            "timeCreated": "2026-01-01T00:00:00.000Z",
        }

    def _refused(self) -> bool:
        if self.server.public or self.headers["Authorization"]:
            return False
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        message = "Anonymous caller does not have storage.objects.get access."
        self._answer(401, {"error": {"code": 401, "message": message}})
        return True

    def _answer(self, status: int, content: object) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(
        self, status: int, content: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked several things at once may not wait for all
            self.wfile.write(content)
