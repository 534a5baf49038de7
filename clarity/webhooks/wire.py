"""One call over https: to a public address, or to a receiver that the operator has named."""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from clarity.errors import ClarityError
from clarity.media.fetching.errors import FetchError
from clarity.media.fetching.guard import Dial, Guard, Resolve, check_url, dial, resolve

CALL_SECONDS = 10.0
HTTPS = 443


class BadWebhook(ClarityError):
    """The address is none that may be called."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "bad-webhook"
    hint = "Give a public address that speaks https on its usual port, without a user name."


class NotTaken(Exception):
    """The receiver did not answer as HTTP says; the message is for its owner."""


def checked_address(url: str, *, inside: Collection[str] = ()) -> str:
    """The address in its plain form; nothing is resolved or visited.

    Args:
        url: as a customer gave it.
        inside: `host:port` of receivers that need not be public.

    Raises:
        BadWebhook: it is not https, or not public, or carries a user or a port.
    """
    try:
        parts = urlsplit(url.strip())
        if _is_inside(parts, inside):
            return parts._replace(fragment="").geturl()
        host = parts.hostname or ""
        plain = check_url(url, hosts=[host])
    except ValueError as error:
        raise BadWebhook("This is not a web address.") from error
    except FetchError as error:
        raise BadWebhook(error.message) from error
    if not plain.startswith("https://") or "." not in host:
        raise BadWebhook("A webhook is called by https, at a public name.")
    return plain


def trust(authority: Path | None = None) -> ssl.SSLContext:
    """Whose certificates are believed: the system's authorities, and those in a PEM file."""
    context = ssl.create_default_context()
    if authority is not None:
        context.load_verify_locations(authority)
    return context


class Wire:
    """Makes calls. Safe to share between threads.

    Args:
        inside: `host:port` of receivers in the operator's own network; they alone may have
            addresses that are not public.
        context: of TLS; by default the system's authorities are trusted.
        resolve, dial: of the network.
        seconds: that a call may take, whatever the receiver does meanwhile.
    """

    def __init__(
        self,
        *,
        inside: Collection[str] = (),
        context: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        dial: Dial = dial,
        seconds: float = CALL_SECONDS,
    ) -> None:
        self._inside = frozenset(inside)
        self._context = context or trust()
        self._resolve, self._dial = resolve, dial
        self._seconds = seconds

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Status of the answer; a redirect is not followed: it could lead anywhere.

        Raises:
            NotTaken: nothing answered, or not in time.
        """
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path or "/"
        guard = Guard(self._seconds, hosts=[host], resolve=self._resolve, dial=self._dial)
        inside = _is_inside(parts, self._inside)
        line = _Line(socket.create_connection if inside else guard.connect, self._seconds)
        connection = http.client.HTTPSConnection(
            host, parts.port or HTTPS, timeout=self._seconds, context=self._context
        )
        # Where the client makes its one connection; the guard resolves, checks and connects.
        connection._create_connection = line.connect  # type: ignore[attr-defined]
        try:
            connection.request(
                "POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers)
            )
            return connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            refused = guard.refusal.message if guard.refusal else type(error).__name__
            raise NotTaken(line.over or refused) from error
        finally:
            connection.close()
            line.close()


class _Line:
    """A connection that ends in time: the timeout of a socket only bounds every single read."""

    def __init__(self, connect: Callable[..., socket.socket], seconds: float) -> None:
        self._connect = connect
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._twin: socket.socket | None = None
        self._words = f"no whole answer within {seconds:g} s"
        self.over = ""

    def connect(self, *given: object) -> socket.socket:
        self._timer.start()
        made = self._connect(*given)
        # TLS takes the socket over; a second handle on the same connection can still end it.
        self._twin = made.dup()
        return made

    def close(self) -> None:
        self._timer.cancel()
        if self._twin is not None:
            self._twin.close()

    def _cut(self) -> None:
        self.over = self._words
        if self._twin is not None:
            with suppress(OSError):  # it has ended by itself just now
                self._twin.shutdown(socket.SHUT_RDWR)


def _is_inside(parts: SplitResult, inside: Collection[str]) -> bool:
    place = f"{parts.hostname}:{parts.port or HTTPS}"
    return parts.scheme == "https" and "@" not in parts.netloc and place in inside
