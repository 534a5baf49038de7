"""API keys: made, shown once, revoked."""

import streamlit as st

from apps.gateway_client import GatewayError, gateway_url
from apps.scanner import markup, session
from apps.scanner.telling import done
from clarity.accounts.messages import ApiKey, NewApiKey, Scope

SCOPES = {
    Scope.SCAN.value: "Hand items in and read their reports",
    Scope.HISTORY.value: "Read your checks and your activity",
}
DAYS = {30: "30 days", 90: "90 days", 365: "A year"}


def show() -> None:
    """The keys that are good, and a form for another one."""
    st.html(
        '<header class="hero"><h1>API keys</h1><p>For your own programs. A key acts in your name '
        "within its scopes, and never sees your account.</p></header>"
    )
    made: NewApiKey | None = st.session_state.pop("made_key", None)
    if made is not None:
        _show_once(made)
    try:
        keys = session.members().keys()
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    for key in keys:
        _row(key)
    if not keys:
        st.html(markup.empty("No keys yet.", "Make one below."))
    _form()


def _show_once(made: NewApiKey) -> None:
    with st.container(border=True):
        st.markdown("**Your new key.** Copy it now: it is not shown again.")
        st.code(made.key, language=None, wrap_lines=True)
        st.caption("Try it:")
        st.code(
            f"curl -H 'Authorization: Bearer {made.key[:14]}…' \\\n"
            f"     -F file=@portrait.jpg {gateway_url()}/v1/scans",
            language="shell",
            wrap_lines=True,
        )


def _row(key: ApiKey) -> None:
    with st.container(border=True):
        words, button = st.columns([4, 1], vertical_alignment="center")
        used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
        scopes = "; ".join(SCOPES[scope.value] for scope in key.scopes)
        words.html(
            markup.key_row(
                key.name,
                f"{key.start}…",
                scopes,
                f"good until {key.expires_at:%Y-%m-%d}, {used}",
            )
        )
        revoked = button.button("Revoke", key=f"revoke-{key.id}", width="stretch")
        if revoked and done(lambda: session.members().revoke_key(key.id)):
            st.rerun()


def _form() -> None:
    st.subheader("Make a key", anchor=False)
    with st.form("make-key", clear_on_submit=True, border=False):
        name = st.text_input("Name", placeholder="newsroom robot", max_chars=60)
        scopes = st.multiselect(
            "It may", list(SCOPES), default=[Scope.SCAN.value], format_func=SCOPES.__getitem__
        )
        days = st.selectbox("It is good for", list(DAYS), index=1, format_func=DAYS.__getitem__)
        sent = st.form_submit_button("Make the key", type="primary", icon=":material/key:")
    if not sent:
        return
    if not name.strip() or not scopes:
        st.html(markup.problem("Something is missing.", "Give a name and at least one scope."))
        return
    try:
        st.session_state["made_key"] = session.members().make_key(name.strip(), scopes, days)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    else:
        st.rerun()
