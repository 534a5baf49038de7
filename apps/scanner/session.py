"""What a visitor's session keeps: the connection to the gateway and what does not change."""

import io
import json
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import streamlit as st
from PIL import Image

from apps.cases_client import Cases
from apps.credentials import Credentials
from apps.experts_client import Applicant
from apps.gateway_client import Gateway, GatewayError
from apps.member_client import Members
from apps.model_cards import ModelCard
from apps.models_client import Models
from apps.scanner.doors import BROWSER, SESSION, tickets
from apps.scans_client import Scans, scan_place
from apps.wallet_client import Wallet
from apps.webhooks_client import Webhooks
from clarity.accounts.messages import FREE, Account, Opened
from clarity.plans.messages import PanelSeat
from clarity.scans.messages import Scan

T = TypeVar("T")

RECENT = 5
ACCOUNT_SECONDS = 15.0
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})
_URL_SIGNS = frozenset(string.ascii_letters + string.digits + "/?=&-_")


@st.cache_resource
def _connections() -> Gateway:
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


def gateway() -> Gateway:
    """The gateway, asked as the visitor: with their login, and for their own address."""
    credentials = Credentials(token(), client_address=st.context.ip_address or "")
    return _connections().signed(credentials)


def keep_login_in(cookie: str) -> None:
    """Where this page keeps logins; the scanner's own cookie unless told."""
    st.session_state["cookie"] = cookie


def scans() -> Scans:
    """The same for what is about items that are checked."""
    return Scans(gateway())


def members() -> Members:
    """The same for what is about people."""
    return Members(gateway())


def cases() -> Cases:
    """The same for what experts are asked."""
    return Cases(gateway())


def applicant() -> Applicant:
    """The same for who wants to be an expert."""
    return Applicant(gateway())


def webhooks() -> Webhooks:
    """The same for who is called when something happens."""
    return Webhooks(gateway())


def wallet() -> Wallet:
    """The same for what is about money."""
    return Wallet(gateway())


def token() -> str:
    """Token of the visitor's login; empty for a stranger, and once the login is over."""
    found = st.context.cookies.get(st.session_state.get("cookie", SESSION), "")
    return "" if st.session_state.get("over") == found else found


def account() -> Account | None:
    """Who is logged in; asked for anew every few seconds, so that a change soon shows."""
    if not token():
        return None
    try:
        return _lately("account", members().account)
    except GatewayError as error:
        if error.status in (401, 403):
            st.session_state["over"] = token()
            return None
        known: tuple[float, str, Account] | None = st.session_state.get("account")
        return known[2] if known else None


def forget_account() -> None:
    """Ask anew at the next look."""
    for key in ("account", "plan"):
        st.session_state.pop(key, None)


def _lately(key: str, ask: Callable[[], T]) -> T:
    """What was answered to who is logged in, some seconds ago at most; else it is asked anew."""
    known: tuple[float, str, T] | None = st.session_state.get(key)
    if known and known[1] == token() and time.monotonic() - known[0] < ACCOUNT_SECONDS:
        return known[2]
    found = ask()
    st.session_state[key] = (time.monotonic(), token(), found)
    return found


def enter(opened: Opened, page: str = "") -> None:
    """Give a login to the browser, and go to a page."""
    seconds = int((opened.expires_at - datetime.now(UTC)).total_seconds())
    ticket = tickets.leave(
        opened.token, browser=st.context.cookies.get(BROWSER, ""), seconds=seconds
    )
    _go(f"/enter?ticket={ticket}&page={page}")


def leave(page: str = "") -> None:
    """Take the login from the browser."""
    _go(f"/leave?page={page}")


def _go(address: str) -> None:
    # Ours alone: a ticket of URL-safe signs and the name of a page.
    assert set(address) <= _URL_SIGNS, address
    _run(f"window.location.replace({json.dumps(address)})")
    st.stop()


def go_to(address: str) -> None:
    """Send the browser to a page of others, such as PayPal's, that the service named."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        # No sign of it can end the script.
        _run(f"window.location.assign({json.dumps(address).replace('<', '%3C')})")


def _run(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def image_bytes(place: str, name: str) -> bytes:
    """A picture of a finished scan; it never changes."""
    return _image_bytes(place, name, token())


# By reader too: nobody is shown from here what only another person may see.
@st.cache_data(max_entries=256, show_spinner=False)
def _image_bytes(place: str, name: str, reader: str) -> bytes:  # noqa: ARG001
    return gateway().file(place, f"images/{name}")


def image(place: str, name: str) -> Image.Image:
    """The same as an RGBA picture."""
    return Image.open(io.BytesIO(image_bytes(place, name))).convert("RGBA")


@st.cache_data(ttl=60, show_spinner=False)
def _cards() -> list[ModelCard]:
    return Models(_connections()).cards()


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


def has_plan() -> bool:
    """Whether the visitor's checks are judged by the whole panel.

    Raises:
        GatewayError: the service cannot be asked.
    """
    who = account()
    if who is None:
        return False
    return who.plan != FREE or _lately("plan", lambda: wallet().standing().plan.name) != FREE


@st.cache_data(ttl=60, show_spinner=False)
def panel() -> list[PanelSeat]:
    """The six seats of the panel; raises `GatewayError` if the service cannot be asked."""
    return Wallet(_connections()).offer().panel


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
