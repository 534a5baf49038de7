"""yt-dlp with three sites, and with no way to the network but the guard's."""

import http.client
import ssl
import urllib.request
from collections.abc import Mapping
from functools import partial
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.extractor.facebook import FacebookIE, FacebookPluginsVideoIE, FacebookReelIE
from yt_dlp.extractor.twitter import TwitterIE, TwitterShortenerIE
from yt_dlp.extractor.youtube import YoutubeIE
from yt_dlp.networking._urllib import HTTPHandler, RedirectHandler, UrllibRH

from clarity.media.fetching.guard import Guard

EXTRACTORS = (
    YoutubeIE,
    TwitterIE,
    TwitterShortenerIE,
    FacebookIE,
    FacebookReelIE,
    FacebookPluginsVideoIE,
)
"""The only ones loaded; the generic one, which reads any page, is not among them."""


class GuardedDL(YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """A `YoutubeDL` whose every request goes through the guard."""

    def __init__(self, params: Mapping[str, Any], guard: Guard) -> None:
        self._guard = guard
        super().__init__(dict(params), auto_init=False)
        for extractor in EXTRACTORS:
            self.add_info_extractor(extractor)

    def build_request_director(self, *_: object) -> Any:
        """Ignore all handlers that yt-dlp knows (requests, websockets, ...) but the guarded."""
        return super().build_request_director([partial(GuardedRH, guard=self._guard)])

    def suits(self, url: str) -> bool:
        """Whether one of the extractors reads such an address."""
        return any(extractor.suitable(url) for extractor in EXTRACTORS)


class GuardedRH(UrllibRH):  # type: ignore[misc]
    """Requests over HTTP and HTTPS: no proxies, no FTP, no data: and no file: addresses."""

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = ()

    def __init__(self, *, guard: Guard, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._guard = guard

    def _create_instance(
        self, cookiejar: Any, legacy_ssl_support: bool | None = None, **_: object
    ) -> urllib.request.OpenerDirector:
        context = self._make_sslcontext(legacy_ssl_support=legacy_ssl_support)
        opener = urllib.request.OpenerDirector()
        for handler in (
            _GuardedHandler(self._guard, context),
            urllib.request.HTTPCookieProcessor(cookiejar),
            urllib.request.UnknownHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            RedirectHandler(),
        ):
            opener.add_handler(handler)
        opener.addheaders = []
        return opener


class _GuardedHandler(HTTPHandler):  # type: ignore[misc]
    def __init__(self, guard: Guard, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._guard = guard

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(partial(self._connection, http.client.HTTPConnection), request)

    def https_open(self, request: urllib.request.Request) -> Any:
        connection = partial(self._connection, http.client.HTTPSConnection)
        return self.do_open(connection, request, context=self._context)

    def _connection(
        self, kind: type[http.client.HTTPConnection], *args: Any, **kwargs: Any
    ) -> http.client.HTTPConnection:
        connection = kind(*args, **kwargs)
        # The hook that `http.client` offers; TLS still verifies the name that was asked for.
        connection._create_connection = self._guard.connect  # type: ignore[attr-defined]
        return connection
