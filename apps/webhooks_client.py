"""Calls of the gateway about the addresses that are called when something happens.

Every method raises `GatewayError` with a message and a hint.
"""

from urllib.parse import quote

from pydantic import TypeAdapter

from apps.gateway_client import Gateway, read_answer
from clarity.webhooks.messages import NewWebhook, Webhook

_PLACE = "/v1/account/webhooks"
_WEBHOOKS = TypeAdapter(list[Webhook])


class Webhooks:
    """A member's own.

    Args:
        gateway: signed with the member's token.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def listed(self) -> list[Webhook]:
        """With how the last call of each went."""
        return read_answer(_WEBHOOKS, self._gateway.ask("GET", _PLACE))

    def add(self, url: str) -> NewWebhook:
        """Register an address; its secret is told once."""
        answer = self._gateway.ask("POST", _PLACE, json={"url": url})
        return read_answer(NewWebhook, answer)

    def attempt(self, webhook_id: str) -> None:
        """Have it called with the event `test`."""
        self._gateway.ask("POST", f"{_PLACE}/{quote(webhook_id, safe='')}/test")

    def remove(self, webhook_id: str) -> None:
        self._gateway.ask("DELETE", f"{_PLACE}/{quote(webhook_id, safe='')}")
