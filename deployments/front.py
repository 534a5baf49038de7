"""What stands in the process of Serve's proxy, before a request costs the gateway anything.

Serve calls `layers` in every proxy (RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH). The proxy and
the gateway are one Python process each: what is refused here is refused for a tenth of the
price, so that a flood of free scans leaves room for the requests of customers.
"""

import asyncio
import json
from typing import Any

import uvicorn.config
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

AT_ONCE = 12
"""Free submissions that the gateway works on at the same time."""
MOST_WAITING = 50
"""As many more may wait here, for `PATIENCE_SECONDS` at most."""
PATIENCE_SECONDS = 1.0
HOLD_SECONDS = 2.0
"""A submission that takes longer uploads slowly or waits for its report: it is no burden."""
CLOSED_SECONDS = 1.0
"""No free submission asks so soon after the gateway said that their lane is full. Then one
asks, and with every few that are taken one more may at the same time: one after another they
hold a customer's request up for a moment, side by side for all their moments together."""
OPENING = 0.25
LANE_FULL = b"free-lane-full"

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
"""For request line and headers, also of a connection that says nothing at all."""

_REFUSAL = json.dumps(
    {
        "type": f"/problems/{LANE_FULL.decode()}",
        "title": "Free lane full",
        "status": 429,
        "detail": "Too many free scans have been handed in; no more can be taken just now.",
        "hint": "Try again after the time in Retry-After; customers' scans are taken at any time.",
    }
).encode()
_HEADERS = [
    (b"content-type", b"application/problem+json"),
    (b"content-length", str(len(_REFUSAL)).encode()),
    (b"cache-control", b"no-store"),
    (b"retry-after", b"5"),
    (b"x-content-type-options", b"nosniff"),
]


def layers() -> list[Middleware]:
    """Called by Serve as a proxy starts, before it opens its port."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:HastyProtocol"  # type: ignore[index]
    return [Middleware(FreeDoor)]


class FreeDoor:
    """ASGI middleware: lets in only so many free submissions as the gateway has room for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._inside = 0
        self._most = float(AT_ONCE)
        self._waiting = 0
        self._closed_until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_free_submission(scope):
            await self._app(scope, receive, send)
        elif await self._has_room():
            await self._admit(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 429, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": _REFUSAL})

    async def _has_room(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() < self._closed_until:
            return False
        until = loop.time() + PATIENCE_SECONDS
        while self._inside >= int(self._most):
            crowded = self._waiting >= MOST_WAITING or self._most < AT_ONCE
            if crowded or loop.time() >= until:
                return False
            self._waiting += 1
            try:
                await asyncio.sleep(0.05)
            finally:
                self._waiting -= 1
        return True

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        self._inside += 1
        held = True
        status = 0

        def let_go() -> None:
            nonlocal held
            self._inside -= held
            held = False

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if status == 429 and LANE_FULL in message.get("body", b""):
                self._closed_until = loop.time() + CLOSED_SECONDS
                self._most = 1
            elif message.get("status") in (200, 202):
                self._most = min(self._most + OPENING, AT_ONCE)
            await send(message)

        timer = loop.call_later(HOLD_SECONDS, let_go)
        try:
            await self._app(scope, receive, watched)
        finally:
            timer.cancel()
            let_go()


class HastyProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose request heads are bounded in size and time, which uvicorn's are not."""

    _head_bytes = 0
    _in_head = True
    _ended_one = False
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_bytes > HEAD_BYTES:
            self.transport.close()
            return
        if self._in_head and self._timer is None:
            self._await_head()  # the next request of a connection that is kept alive
        self._ended_one = False
        super().data_received(data)
        if self._in_head and not self._ended_one:  # else most of it was the body before
            self._head_bytes += len(data)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = self._ended_one = True

    def _await_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _is_free_submission(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "POST"
        and scope["path"] == "/v1/scans"
        and not any(name == b"authorization" for name, _ in scope["headers"])
    )
