"""Calls of the gateway about the deployed detectors.

Every method raises `GatewayError` with a message and a hint.
"""

from urllib.parse import quote

from pydantic import TypeAdapter

from apps.gateway_client import Gateway, read_answer
from apps.model_cards import ModelCard

_CARDS = TypeAdapter(list[ModelCard])


class Models:
    """What anybody may ask about them.

    Args:
        gateway: as anybody.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def cards(self) -> list[ModelCard]:
        """Of all of them."""
        return read_answer(_CARDS, self._gateway.ask("GET", "/v1/models"))

    def card(self, name: str) -> ModelCard:
        """Of one of them."""
        return read_answer(
            ModelCard, self._gateway.ask("GET", f"/v1/models/{quote(name, safe='')}")
        )
