"""Calls of the gateway by which people become experts, and administrators look after experts.

Every method raises `GatewayError` with a message and a hint.
"""

from typing import Any
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from apps.gateway_client import Gateway, read_answer
from clarity.cases.messages import ManagedCase, ModelAccuracy
from clarity.experts.messages import (
    Application,
    ApplicationOrder,
    ManagedApplication,
    ManagedExpert,
    Performance,
    Vetting,
)

_APPLICATIONS = TypeAdapter(list[Application])
_WAITING = TypeAdapter(list[ManagedApplication])
_EXPERTS = TypeAdapter(list[ManagedExpert])
_FIGURES = TypeAdapter(list[Performance])
_CASES = TypeAdapter(list[ManagedCase])
_ACCURACY = TypeAdapter(list[ModelAccuracy])


class Applicant:
    """What somebody who wants to be an expert may ask.

    Args:
        gateway: signed with their token.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def apply(self, order: ApplicationOrder) -> Application:
        """Apply; an administrator decides, and writes."""
        body = order.model_dump(mode="json")
        answer = self._gateway.ask("POST", "/v1/experts/applications", json=body)
        return read_answer(Application, answer)

    def applications(self) -> list[Application]:
        """One's own, newest first."""
        answer = self._gateway.ask("GET", "/v1/experts/applications")
        return read_answer(_APPLICATIONS, answer)

    def withdraw(self) -> None:
        """Take back the one that waits."""
        self._gateway.ask("DELETE", "/v1/experts/applications/waiting")


class Chair:
    """What an administrator may ask about experts and cases.

    Args:
        gateway: signed with the administrator's token.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def waiting(self) -> list[ManagedApplication]:
        """Applications to decide on, the oldest first."""
        return read_answer(_WAITING, self._read("experts/applications"))

    def decide(self, application_id: str, vetting: Vetting) -> None:
        """Accept or refuse; the applicant is written to."""
        path = f"/v1/admin/experts/applications/{quote(application_id, safe='')}/decision"
        self._gateway.ask("POST", path, json=vetting.model_dump(mode="json"))

    def experts(self) -> list[ManagedExpert]:
        """All there are or were, by pseudonym."""
        return read_answer(_EXPERTS, self._read("experts"))

    def performance(self) -> list[Performance]:
        """How each of them works."""
        return read_answer(_FIGURES, self._read("experts/performance"))

    def cases(self) -> list[ManagedCase]:
        """Everybody's, due first."""
        return read_answer(_CASES, self._read("cases"))

    def assign(self, case_id: str, account_id: str) -> None:
        """Give an expert a vacant seat of a case."""
        place = f"/v1/admin/cases/{quote(case_id, safe='')}/reviews/{quote(account_id, safe='')}"
        self._gateway.ask("PUT", place)

    def accuracy(self) -> list[ModelAccuracy]:
        """Every release of every model against what experts settled."""
        return read_answer(_ACCURACY, self._read("models/accuracy"))

    def _read(self, path: str, **params: Any) -> httpx.Response:
        return self._gateway.ask("GET", f"/v1/admin/{path}", params=params)
