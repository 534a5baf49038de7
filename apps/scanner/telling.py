"""Calls whose failure is told to the visitor."""

from collections.abc import Callable

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup


def done(call: Callable[[], object]) -> bool:
    """Whether the call went through; message and hint are shown where it did not."""
    try:
        call()
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return False
    return True
