"""What a visitor's session keeps: the connection to the gateway and what does not change."""

import io
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from apps.gateway_client import Gateway, GatewayError, scan_place
from apps.model_cards import ModelCard
from clarity.scans.messages import Scan

RECENT = 5


@st.cache_resource
def gateway() -> Gateway:
    """The one connection pool of this process."""
    return Gateway()


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as it is shown: from its own scan, or by a link.

    Attributes:
        place: below the gateway's address, where its files are.
        source: name of the item.
        instant: answered from an earlier check.
        scan_id: of its scan, for its owner; None by a link.
    """

    place: str
    source: str
    instant: bool = False
    scan_id: str | None = None


def own(scan: Scan) -> Shown:
    """A finished scan as its owner sees it."""
    return Shown(scan_place(scan.id), scan.source, instant=scan.instant, scan_id=scan.id)


@st.cache_data(max_entries=256, show_spinner=False)
def image_bytes(place: str, name: str) -> bytes:
    """A picture of a finished scan; it never changes."""
    return gateway().file(place, f"images/{name}")


def image(place: str, name: str) -> Image.Image:
    """The same as an RGBA picture."""
    return Image.open(io.BytesIO(image_bytes(place, name))).convert("RGBA")


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
