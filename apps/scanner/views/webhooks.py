"""Webhooks: addresses of the member's own programs that are called at every step of a case."""

from functools import partial

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session
from apps.scanner.telling import done
from clarity.webhooks.messages import NewWebhook, Webhook

MADE = "made_webhook"


def show() -> None:
    """Those there are, and a form for another one."""
    st.html(
        '<header class="hero"><h1>Webhooks</h1><p>Addresses of your own programs. They are called '
        "at every step of your requests and disputes, and every call is signed.</p></header>"
    )
    made: NewWebhook | None = st.session_state.pop(MADE, None)
    if made is not None:
        _show_once(made)
    try:
        found = session.webhooks().listed()
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    for one in found:
        _row(one)
    if not found:
        st.html(markup.empty("No webhooks yet.", "Letters tell you of your cases all the same."))
    _form()


def _show_once(made: NewWebhook) -> None:
    with st.container(border=True):
        st.markdown("**The secret of your new webhook.** Copy it now: it is not shown again.")
        st.code(made.secret, language=None)
        st.caption(
            "Each call has `Clarity-Signature: t=SECONDS,v1=HEX`: HMAC-SHA-256 of SECONDS, a dot "
            "and the body, with this secret. Refuse calls that are not signed so, or are old."
        )


def _row(told: Webhook) -> None:
    with st.container(border=True):
        words, buttons = st.columns([3, 1.3], vertical_alignment="center")
        words.html(markup.key_row(told.url, "", _standing(told), _last(told)))
        with buttons.container(horizontal=True):
            attempt = st.button("Try", key=f"try-{told.id}", help="Calls it with the event “test”.")
            remove = st.button("Remove", key=f"remove-{told.id}")
        if attempt and done(partial(session.webhooks().attempt, told.id)):
            st.toast("It is called within seconds; look here again.")
        if remove and done(partial(session.webhooks().remove, told.id)):
            st.rerun()


def _standing(told: Webhook) -> str:
    since = f"Since {told.created_at:%d %B %Y}"
    if not told.waiting:
        return f"{since}; nothing waits to be told"
    return f"{since}; {told.waiting} call{'s' if told.waiting > 1 else ''} still to be made"


def _last(told: Webhook) -> str:
    if told.last_called_at is None:
        return "never called"
    return f"last called {told.last_called_at:%Y-%m-%d %H:%M} UTC: {told.last_outcome}"


def _form() -> None:
    st.subheader("Add a webhook", anchor=False)
    with st.form("add-webhook", clear_on_submit=True, border=False):
        url = st.text_input("Address", placeholder="https://example.org/clarity", max_chars=500)
        sent = st.form_submit_button("Add it", type="primary", icon=":material/webhook:")
    if not sent:
        return
    if len(url.strip()) < 8:
        st.html(markup.problem("The address is missing.", "It begins with https://."))
        return
    try:
        st.session_state[MADE] = session.webhooks().add(url.strip())
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    else:
        st.rerun()
