"""Calls of the gateway that are about a person: login, account, keys, activity.

Every function raises `GatewayError` with a message and a hint.
"""

from collections.abc import Sequence
from typing import Any

import httpx
from pydantic import TypeAdapter

from apps.gateway_client import Gateway, read_answer
from clarity.accounts.messages import Account, ApiKey, NewApiKey, Opened, SecondFactor
from clarity.accounts.privacy import Kept
from clarity.customers.messages import ActivityPage
from clarity.scans.messages import Scan

_KEYS = TypeAdapter(list[ApiKey])
_SCANS = TypeAdapter(list[Scan])
_KEPT = TypeAdapter(list[Kept])


class Members:
    """What a stranger or a member may ask of the gateway.

    Args:
        gateway: signed with the member's token, but for strangers.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def sign_up(self, email: str, password: str, *, training_consent: bool = False) -> None:
        """Ask for an account; a letter says how to go on."""
        self._post("accounts", email=email, password=password, training_consent=training_consent)

    def send_letter_again(self, email: str) -> None:
        self._post("accounts/letter", email=email)

    def confirm(self, token: str, password: str) -> Opened:
        """Confirm an address with the token of the letter; logs in."""
        return read_answer(
            Opened, self._post("accounts/confirmation", token=token, password=password)
        )

    def log_in(
        self, email: str, password: str, *, code: str = "", role: str = "customer"
    ) -> Opened:
        """Open a session."""
        more = {"code": code} if code else {}
        answer = self._post("sessions", email=email, password=password, role=role, **more)
        return read_answer(Opened, answer)

    def log_out(self) -> None:
        self._gateway.ask("DELETE", "/v1/sessions/current")

    def log_out_everywhere(self) -> None:
        self._gateway.ask("DELETE", "/v1/sessions")

    def forgot_password(self, email: str) -> None:
        self._post("passwords/letter", email=email)

    def reset_password(self, token: str, password: str) -> None:
        self._post("passwords", token=token, password=password)

    def account(self) -> Account:
        return read_answer(Account, self._gateway.ask("GET", "/v1/account"))

    def change_password(self, current: str, new: str) -> None:
        body = {"current": current, "new": new}
        self._gateway.ask("PUT", "/v1/account/password", json=body)

    def set_preferences(self, **wanted: bool) -> Account:
        """Change `training_consent` or `zero_retention`."""
        return read_answer(Account, self._gateway.ask("PATCH", "/v1/account", json=wanted))

    def begin_second_factor(self) -> SecondFactor:
        return read_answer(SecondFactor, self._post("account/second-factor"))

    def confirm_second_factor(self, code: str) -> None:
        self._gateway.ask("PUT", "/v1/account/second-factor", json={"code": code})

    def drop_second_factor(self, password: str, code: str) -> None:
        self._post("account/second-factor/removal", password=password, code=code)

    def export(self) -> bytes:
        """Everything that is kept about the person, as a JSON document."""
        return self._gateway.ask("GET", "/v1/account/export").content

    def erase(self, password: str, code: str = "") -> None:
        more = {"code": code} if code else {}
        self._post("account/erasure", password=password, **more)

    def keys(self) -> list[ApiKey]:
        return read_answer(_KEYS, self._gateway.ask("GET", "/v1/account/keys"))

    def make_key(self, name: str, scopes: Sequence[str], days: int) -> NewApiKey:
        answer = self._post("account/keys", name=name, scopes=list(scopes), days=days)
        return read_answer(NewApiKey, answer)

    def revoke_key(self, key_id: str) -> None:
        self._gateway.ask("DELETE", f"/v1/account/keys/{key_id}")

    def scans(self, *, limit: int = 20, before: str = "") -> list[Scan]:
        """The account's scans, newest first."""
        params = {"limit": str(limit)} | ({"before": before} if before else {})
        return read_answer(_SCANS, self._gateway.ask("GET", "/v1/account/scans", params=params))

    def activity(self, filters: dict[str, Any], *, after: str = "") -> ActivityPage:
        """One page of the activity log; filters as the gateway names them."""
        params = filters | ({"after": after} if after else {})
        return read_answer(
            ActivityPage, self._gateway.ask("GET", "/v1/account/activity", params=params)
        )

    def activity_file(self, filters: dict[str, Any], form: str) -> bytes:
        """The activity log as `csv` or `json`."""
        params = filters | {"form": form}
        return self._gateway.ask("GET", "/v1/account/activity/export", params=params).content

    def kept(self) -> list[Kept]:
        """What is kept of a person, why, how long."""
        return read_answer(_KEPT, self._gateway.ask("GET", "/v1/privacy"))

    def _post(self, path: str, **body: Any) -> httpx.Response:
        return self._gateway.ask("POST", f"/v1/{path}", json=body)
