"""Authorised calls of PayPal's REST interface."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import httpx
from pydantic import SecretStr

from clarity.errors import ClarityError

PAUSES = (0.3, 1.0)
"""Seconds before a call is repeated: every call that changes something carries a number
(`PayPal-Request-Id`) under which PayPal carries it out once."""
TOKEN_MARGIN_SECONDS = 60.0


class ProviderUnreachable(ClarityError):
    """PayPal does not answer, or answers that it cannot just now."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "payment-provider-unreachable"
    hint = "Try again in a minute; nothing is charged twice, and what was paid is not lost."
    retry_after = 30


class ProviderRefused(ClarityError):
    """PayPal understood the request and declined it.

    Attributes:
        issue: PayPal's short word for the reason.
        answered: the HTTP status of its answer.
        links: addresses that the answer names.
    """

    status: ClassVar[int] = 502
    code: ClassVar[str] = "payment-provider-refused"
    hint = "Check the PayPal account, then try again; nothing was charged by this request."

    def __init__(self, issue: str, answered: int, links: tuple[str, ...] = ()) -> None:
        super().__init__(f"PayPal declined: {issue}.")
        self.issue = issue
        self.answered = answered
        self.links = links


class ProviderUnauthorised(ClarityError):
    """PayPal does not know the configured credentials."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "payment-credentials-refused"
    hint = "The operator must check CLARITY_PAYPAL_CLIENT_ID, _CLIENT_SECRET and _MODE."


class Connection:
    """A client that fetches, keeps and renews its access token. Safe between threads.

    Args:
        http: client with PayPal's base URL.
        client_id, client_secret: of the REST app.
        pauses: seconds before each repetition of a call that got no answer.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        client_id: str,
        client_secret: SecretStr,
        pauses: Sequence[float] = PAUSES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.http = http
        self._auth = httpx.BasicAuth(client_id, client_secret.get_secret_value())
        self._pauses = tuple(pauses)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = 0.0

    @property
    def host(self) -> str:
        """Of PayPal: tells the sandbox from the real thing."""
        return self.http.base_url.host

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: object, *, number: str | None = None) -> dict[str, Any]:
        """Send `body`; under the same `number` PayPal acts only once."""
        headers = {"PayPal-Request-Id": number} if number else {}
        return self._call("POST", path, json=body, headers=headers)

    def close(self) -> None:
        self.http.close()

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = {"Prefer": "return=representation", **options.pop("headers", {})}
        for renew in (False, True):
            bearer = {"Authorization": f"Bearer {self._bearer(renew=renew)}"}
            response = self._send(method, path, headers={**headers, **bearer}, **options)
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return _content(response)
        raise ProviderUnauthorised("PayPal does not accept the access token that it gave.")

    def _bearer(self, *, renew: bool) -> str:
        with self._lock:
            if renew or self._monotonic() >= self._token_until:
                response = self._send(
                    "POST",
                    "/v1/oauth2/token",
                    data={"grant_type": "client_credentials"},
                    auth=self._auth,
                )
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    raise ProviderUnauthorised("PayPal does not know these credentials.")
                answer = _content(response)
                life = float(answer["expires_in"]) - TOKEN_MARGIN_SECONDS
                self._token, self._token_until = answer["access_token"], self._monotonic() + life
            return self._token

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        for pause in (*self._pauses, None):
            try:
                response = self.http.request(method, path, **options)
                if response.status_code < 500 and response.status_code != 429:
                    return response
                reason = f"PayPal answered {response.status_code}"
            except httpx.TransportError as error:
                reason = f"PayPal does not answer ({type(error).__name__})"
            if pause is not None:
                time.sleep(pause)
        raise ProviderUnreachable(f"{reason}.")


def _content(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json() if response.content else {}
    except ValueError as error:
        raise ProviderUnreachable("PayPal's answer is not JSON.") from error
    if not response.is_success:
        raise ProviderRefused(_issue(content, response), response.status_code, _links(content))
    if not isinstance(content, dict):
        raise ProviderUnreachable("PayPal's answer is not an object.")
    return content


def _issue(content: Any, response: httpx.Response) -> str:
    """The most precise word of an error: the first detail's issue, else the error's name."""
    if not isinstance(content, dict):
        return str(response.status_code)
    details = content.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    word = first.get("issue") if isinstance(first, dict) else None
    return str(word or content.get("name") or response.status_code)[:60]


def _links(content: Any) -> tuple[str, ...]:
    found = content.get("links") if isinstance(content, dict) else None
    return tuple(
        str(item["href"]) for item in found or [] if isinstance(item, dict) and "href" in item
    )
