"""What a visitor's session keeps: the connection to the gateway and what does not change."""

import io

import streamlit as st
from PIL import Image

from apps.gateway_client import Gateway, GatewayError
from apps.model_cards import ModelCard
from clarity.scans.messages import Scan

RECENT = 5


@st.cache_resource
def gateway() -> Gateway:
    """The one connection pool of this process."""
    return Gateway()


@st.cache_data(max_entries=256, show_spinner=False)
def image_bytes(scan_id: str, name: str) -> bytes:
    """A picture of a finished scan; it never changes."""
    return gateway().image(scan_id, name)


def image(scan_id: str, name: str) -> Image.Image:
    """The same as an RGBA picture."""
    return Image.open(io.BytesIO(image_bytes(scan_id, name))).convert("RGBA")


@st.cache_data(ttl=60, show_spinner=False)
def _cards() -> list[ModelCard]:
    return gateway().models()


def cards() -> dict[str, ModelCard]:
    """Cards of the deployed models by name.

    Raises:
        GatewayError: if the service cannot be asked.
    """
    return {card.name: card for card in _cards()}


def cards_or_none() -> dict[str, ModelCard]:
    """The cards, or none of them: a report stays readable while the service is away."""
    try:
        return cards()
    except GatewayError:
        return {}


def remember(scan: Scan) -> None:
    """Note a finished scan for the list of recent ones in this session."""
    recent: dict[str, Scan] = st.session_state.setdefault("recent", {})
    recent.pop(scan.id, None)
    recent[scan.id] = scan
    while len(recent) > RECENT:
        recent.pop(next(iter(recent)))


def recent() -> list[Scan]:
    """Scans of this session, newest first."""
    return list(reversed(st.session_state.get("recent", {}).values()))
