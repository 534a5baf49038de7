"""The member's own checks, newest first."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session
from clarity.scans.messages import Scan

PAGE = 20


def show() -> None:
    """A row for every check, with the way to its report."""
    st.html(
        '<header class="hero"><h1>Your checks</h1><p>Everything you handed in while you were '
        "logged in. Nobody else can open these reports.</p></header>"
    )
    before = st.session_state.get("history_before", "")
    try:
        scans = session.members().scans(limit=PAGE, before=before)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    if not scans and not before:
        st.html(
            markup.empty(
                "No checks yet.", "Hand in a picture or a video.", ("/", "Check something")
            )
        )
        return
    st.html(markup.history(scans))
    _turn(scans, before)


def _turn(scans: list[Scan], before: str) -> None:
    newer, older = st.columns(2)
    if before and newer.button("Newest", icon=":material/first_page:"):
        st.session_state.pop("history_before")
        st.rerun()
    if len(scans) == PAGE and older.button("Older", icon=":material/chevron_right:"):
        st.session_state["history_before"] = scans[-1].created_at.isoformat()
        st.rerun()
