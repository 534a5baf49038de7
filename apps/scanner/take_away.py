"""What a reader takes away from a report: files, and links for others."""

from functools import partial
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import downloads, markup, session
from apps.scanner.session import Shown
from clarity.reports.messages import Share

LIVES = {"a day": 24, "a week": 24 * 7, "a month": 24 * 30, "a year": 24 * 365}
"""How long a link may live, in hours."""


def show(scan: Shown) -> None:
    """Buttons below the report: the PDF first, for it is what most people want."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _file(scan, "Download report (PDF)", "report.pdf", "application/pdf", first=True)
        _file(scan, "Report as data (JSON)", "report.json", "application/json")
        if scan.scan_id is not None:
            _file(scan, "Receipt", "receipt.json", "application/json")
    st.caption(
        "The PDF is sealed and encloses the receipt: with both, anybody can check that the report "
        "is genuine, and compute the verdict again from the original file."
    )
    if scan.scan_id is not None:
        # not a popover: one that grows leaves the window at its lower end, out of reach
        with st.expander("Share by a link", icon=":material/link:"):
            _links(scan.scan_id)


def _file(scan: Shown, label: str, name: str, mime: str, *, first: bool = False) -> None:
    downloads.button(
        label,
        partial(session.gateway().file, scan.place, name),
        name=f"clarity-{name}",
        mime=mime,
        icon=downloads.PAPER if first else downloads.DATA,
        first=first,
    )


@st.fragment
def _links(scan_id: str) -> None:
    """Make a link, see the links there are, end them."""
    st.write("A link shows this report, not the file itself, to whoever has it.")
    life = st.selectbox("It works for", list(LIVES), index=1, key=f"life-{scan_id}")
    try:
        if st.button("Make a link", icon=":material/add_link:", key=f"share-{scan_id}"):
            made = session.scans().share(scan_id, LIVES[life])
            st.session_state[f"made-{scan_id}"] = made
        _made(st.session_state.get(f"made-{scan_id}"))
        _living(scan_id)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    if trouble := st.session_state.pop(f"trouble-{scan_id}", None):
        st.html(markup.problem(trouble.message, trouble.hint))


def _made(share: Share | None) -> None:
    if share is None or share.token is None:
        return
    st.write("Copy it now; it cannot be shown again later:")
    st.code(address(share.token), language=None, wrap_lines=True)


def _living(scan_id: str) -> None:
    for share in session.scans().shares(scan_id):
        if share.revoked_at is not None:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"Until {share.expires_at:%d %B %Y, %H:%M} UTC")
            st.button(
                "Revoke",
                key=f"revoke-{share.id}",
                type="tertiary",
                on_click=_revoke,
                args=(scan_id, share.id),
            )


def _revoke(scan_id: str, share_id: str) -> None:
    """Runs before the list is drawn again, so the list tells whether it worked."""
    try:
        session.scans().revoke(scan_id, share_id)
    except GatewayError as error:
        st.session_state[f"trouble-{scan_id}"] = error
    else:
        st.session_state.pop(f"made-{scan_id}", None)


def address(token: str) -> str:
    """Where the page shows a shared report."""
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"share={token}", ""))
