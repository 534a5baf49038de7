"""What is kept of a person, why and how long, before anybody signs up."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session


def show() -> None:
    """The table, and whose choice what is."""
    st.html(
        '<header class="hero"><h1>Privacy</h1><p>What Clarity keeps of people who have an account, '
        "why, and how long. Without an account it keeps the media and their reports, and nothing "
        "that says whose they are.</p></header>"
    )
    table()
    st.html(
        '<p class="quiet">Media train detectors only where their owner switched that on. Under '
        "Account and privacy you can take everything along, or erase it, at any time.</p>"
    )


def table() -> None:
    """As the service itself tells it."""
    try:
        st.html(markup.kept(session.members().kept()))
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
