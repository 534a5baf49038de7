"""The outermost layer of every request: number, security headers, log line, last catch."""

import secrets
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.rest.problems import Unexpected, problem_response

log = structlog.get_logger("clarity.gateway")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = "max-age=31536000; includeSubDomains"


class Edge:
    """ASGI middleware. Users never see a stack trace; the log has it with the number.

    The log line names the route and not the path: the path of a scan is the key to it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), request_id, scope["scheme"])
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = 499
        except Exception as error:
            log.error("unexpected", request=request_id, exc_info=error)
            if status:
                raise
            text = f"Something went wrong inside (request {request_id})."
            await problem_response(Unexpected(text))(scope, receive, send_with_headers)
        finally:
            _write_line(scope, request_id, status, time.perf_counter() - began)


def _add_headers(headers: MutableHeaders, request_id: str, scheme: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers["Request-Id"] = request_id
    if scheme == "https":
        headers.setdefault("Strict-Transport-Security", HSTS)


def _write_line(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    log.info(
        "request",
        request=request_id,
        method=scope["method"],
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )
