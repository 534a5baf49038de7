"""The member's account: who they are, how they log in, what is kept and for what."""

import io

import segno
import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import downloads, markup, session
from apps.scanner.telling import done
from apps.scanner.views import privacy
from apps.scanner.views.entrance import PASSWORD_HELP
from clarity.accounts.messages import FREE, Account, SecondFactor


def show() -> None:
    """Facts, privacy, password, second factor, the way out."""
    who = session.account()
    if who is None:
        st.html(markup.problem("You are not logged in.", "Log in first."))
        return
    st.html(
        '<header class="hero"><h1>Account and privacy</h1><p>What Clarity knows about you, and '
        "what it may do with it. All of it is yours to take along or to erase.</p></header>"
    )
    with st.container(border=True, key="who"):
        st.html(
            markup.facts(
                {
                    "E-mail address": who.email,
                    "Role": who.role.value.capitalize(),
                    "Plan": _plan(who),
                    "Member since": f"{who.created_at:%d %B %Y}",
                }
            )
        )
    _privacy(who)
    _kept()
    left, right = st.columns(2, gap="large")
    with left:
        _password()
    with right:
        _second_factor(who)
    _leaving(who)


def _plan(who: Account) -> str:
    if who.plan != FREE:
        return who.plan.capitalize()  # given by an administrator
    try:
        return session.wallet().standing().plan.title
    except GatewayError:
        return "not known just now"


def _privacy(who: Account) -> None:
    st.header("Your choices", anchor=False)
    consent = st.toggle(
        "My media may be used to train better detectors",
        value=who.training_consent,
        help="Off unless you switch it on. Media that trained a detector by then stay in it.",
    )
    zero = st.toggle(
        "Zero retention: remove my media and reports an hour after the verdict",
        value=who.zero_retention,
        help="Counts for what you hand in from now on. Save the reports that you need.",
    )
    wanted = {"training_consent": consent, "zero_retention": zero}
    present = {"training_consent": who.training_consent, "zero_retention": who.zero_retention}
    if wanted != present and done(lambda: session.members().set_preferences(**wanted)):
        session.forget_account()
        st.rerun()


def _kept() -> None:
    with st.expander("What is kept of you, why, and how long"):
        privacy.table()


def _password() -> None:
    st.header("Password", anchor=False)
    with st.form("password", clear_on_submit=True, border=False):
        current = st.text_input(
            "Present password", type="password", autocomplete="current-password"
        )
        new = st.text_input(
            "New password", type="password", autocomplete="new-password", help=PASSWORD_HELP
        )
        sent = st.form_submit_button("Change it")
    if sent and done(lambda: session.members().change_password(current, new)):
        st.success("Changed. Every other login has ended.", icon=":material/check:")


def _second_factor(who: Account) -> None:
    st.header("Second factor", anchor=False)
    if who.second_factor:
        _switch_off()
        return
    begun: SecondFactor | None = st.session_state.get("second_factor")
    if begun is None:
        st.write(
            "With a code of an authenticator app besides the password, a stolen password alone "
            "opens nothing."
        )
        if st.button("Set it up", icon=":material/phonelink_lock:"):
            try:
                st.session_state["second_factor"] = session.members().begin_second_factor()
            except GatewayError as error:
                st.html(markup.problem(error.message, error.hint))
            else:
                st.rerun()
        return
    _switch_on(begun)


def _switch_on(begun: SecondFactor) -> None:
    st.write("Scan this with your app, then type the code that it shows.")
    st.image(_qr(begun.uri), width=190, alt="QR code for an authenticator app")
    st.caption("Or type the secret into the app:")
    st.code(begun.secret, language=None)
    with st.form("second-factor", border=False):
        code = st.text_input("Code", max_chars=8, autocomplete="one-time-code")
        sent = st.form_submit_button("Switch it on", type="primary")
    if sent and code.strip() and done(lambda: session.members().confirm_second_factor(code)):
        del st.session_state["second_factor"]
        session.forget_account()
        st.rerun()


def _switch_off() -> None:
    st.success("It is on.", icon=":material/check:")
    with st.form("no-second-factor", clear_on_submit=True, border=False):
        password = st.text_input("Password", type="password", autocomplete="current-password")
        code = st.text_input("Code", max_chars=8, autocomplete="one-time-code")
        sent = st.form_submit_button("Switch it off")
    if sent and done(lambda: session.members().drop_second_factor(password, code)):
        session.forget_account()
        st.rerun()


def _qr(uri: str) -> bytes:
    out = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="png", scale=6, border=3)
    return out.getvalue()


def _leaving(who: Account) -> None:
    st.header("Take it along, or leave", anchor=False)
    members = session.members()
    downloads.button(
        "Download everything about you",
        members.export,
        name="clarity-export.json",
        mime="application/json",
    )
    with st.expander("Erase the account"):
        st.write(
            "Account, checks, media, reports that nobody else has, keys and activity are gone at "
            "once and for good. Nobody can bring them back."
        )
        with st.form("erase", border=False):
            password = st.text_input("Password", type="password", autocomplete="current-password")
            code = ""
            if who.second_factor:
                code = st.text_input("Code", max_chars=8, autocomplete="one-time-code")
            sure = st.checkbox("Yes, erase everything")
            sent = st.form_submit_button("Erase the account", icon=":material/delete_forever:")
        if sent and not sure:
            st.html(markup.problem("Nothing was erased.", "Tick the box if you are sure."))
        elif sent and done(lambda: members.erase(password, code)):
            session.leave()
