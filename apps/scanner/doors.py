"""How a browser keeps a login: cookies that scripts cannot read, set by two small routes.

The page's script cannot set a cookie, so after a login it leaves a ticket here and sends the
browser to `/enter`. A ticket counts once, for a minute, and only for the browser that it was
made for: nobody can be brought into a stranger's account by a link.
"""

import hmac
import re
import secrets
import threading
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION = "clarity_session"
EXPERT_SESSION = "clarity_expert"
"""Of the review page: cookies do not tell ports apart, and two logins may be kept beside each
other in one browser."""
BROWSER = "clarity_browser"
TICKET_SECONDS = 60.0
_PAGE = re.compile(r"[a-z]{0,20}")


class Tickets:
    """Tokens that wait for the browser to fetch them, in the memory of this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, str, int, float]] = {}
        self._lock = threading.Lock()

    def leave(self, token: str, *, browser: str, seconds: int) -> str:
        """Leave a session's token.

        Args:
            token: of the session.
            browser: the browser's own cookie.
            seconds: that the session will last.

        Returns:
            The ticket to fetch it with.
        """
        ticket = secrets.token_urlsafe(24)
        now = time.monotonic()
        with self._lock:
            self._waiting = {k: v for k, v in self._waiting.items() if v[3] > now}
            self._waiting[ticket] = (token, browser, seconds, now + TICKET_SECONDS)
        return ticket

    def fetch(self, ticket: str, browser: str) -> tuple[str, int] | None:
        """The token and its seconds; None where the ticket is not good for this browser."""
        with self._lock:
            found = self._waiting.pop(ticket, None)
        if found is None or found[3] < time.monotonic() or not browser:
            return None
        if not hmac.compare_digest(found[1].encode(), browser.encode()):
            return None
        return found[0], found[2]


tickets = Tickets()


class BrowserCookie:
    """ASGI middleware: gives every browser a random cookie of its own at its first visit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or BROWSER in Request(scope).cookies:
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    jar = Response()
                    _set(jar, BROWSER, secrets.token_urlsafe(24), scope["scheme"])
                    headers.append("set-cookie", jar.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, with_cookie)


class StrictTransport:
    """ASGI middleware: a browser that came by https once comes by nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        secure = scope["type"] == "http" and scope["scheme"] == "https"
        await self._app(scope, receive, with_header if secure else send)


def routes(cookie: str) -> list[Route]:
    """The ways in and out of a page whose logins are kept in this cookie."""

    async def enter(request: Request) -> Response:
        """Exchange a ticket for the cookie of a session."""
        browser = request.cookies.get(BROWSER, "")
        found = tickets.fetch(request.query_params.get("ticket", ""), browser)
        answer = _to(request.query_params.get("page", ""))
        if found is not None:
            token, seconds = found
            _set(answer, cookie, token, request.url.scheme, seconds=seconds)
        return answer

    async def leave(request: Request) -> Response:
        """Forget the cookie of a session; the session itself has been ended by then."""
        answer = _to(request.query_params.get("page", ""))
        answer.delete_cookie(cookie, path="/", httponly=True, samesite="lax")
        return answer

    return [Route("/enter", enter), Route("/leave", leave)]


def _to(page: str) -> Response:
    # A page of ours, never an address.
    path = f"/{page}" if _PAGE.fullmatch(page) else "/"
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(path, status_code=303, headers=headers)


def _set(
    answer: Response, name: str, value: str, scheme: str, *, seconds: int | None = None
) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=scheme == "https",
        httponly=True,
        samesite="lax",
    )
