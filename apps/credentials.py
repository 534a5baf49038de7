"""As whom the gateway is called."""

from collections.abc import Generator

import httpx


class Credentials(httpx.Auth):
    """As whom, and on whose behalf, the gateway is called.

    Args:
        token: of a session, or an API key; empty for a stranger.
        client_address: of the person in front of the page, which is not the page's own.
    """

    def __init__(self, token: str = "", *, client_address: str = "") -> None:
        self.token = token
        self._client_address = client_address

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        if self._client_address:
            request.headers["X-Forwarded-For"] = self._client_address
        yield request
