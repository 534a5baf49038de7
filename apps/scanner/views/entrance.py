"""Coming in and going out: login, sign-up, confirmation, a new password, logout."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session
from apps.scanner.telling import done

DOORS = {"customer": "Customer", "expert": "Expert"}
PASSWORD_HELP = "10 to 128 characters. Four words that do not belong together are easy to keep."  # noqa: S105


def log_in() -> None:
    """Login as a customer or as an expert."""
    with _narrow():
        _title("Log in", "Your checks, your plan and your keys are behind this door.")
        role = st.segmented_control(
            "I am a", list(DOORS), format_func=DOORS.__getitem__, default="customer"
        )
        _login_form(role or "customer")
        st.html(
            '<p class="links"><a href="/forgot" target="_self">Forgotten your password?</a>'
            '<a href="/signup" target="_self">New here? Sign up</a></p>'
        )


def log_in_as_expert() -> None:
    """The only door of the review page."""
    with _narrow():
        _title("For experts", "Reviews, the items and your reports are behind this door.")
        _login_form("expert")
        st.html(
            '<p class="quiet">Not an expert yet? Apply on Clarity\'s own page: log in there and '
            "choose “Become an expert” under Account. An administrator checks what you can do.</p>"
        )


def sign_up() -> None:
    """An account by e-mail address and password."""
    with _narrow():
        _title("Sign up", "Checking is free without an account. With one, it is yours alone.")
        if email := st.session_state.get("signed_up"):
            _look_into_your_mail(email)
            return
        with st.form("signup", border=False):
            email = st.text_input("E-mail address", autocomplete="email")
            password = st.text_input("Password", type="password", autocomplete="new-password")
            st.caption(PASSWORD_HELP)
            consent = st.checkbox(
                "My media may be used to train better detectors",
                help="Off unless you switch it on, and yours to change at any time.",
            )
            sent = st.form_submit_button("Sign up", type="primary", width="stretch")
        if sent and _filled(email, password):
            asked = done(
                lambda: session.members().sign_up(email, password, training_consent=consent)
            )
            if asked:
                st.session_state["signed_up"] = email
                st.rerun()
        st.html(
            '<p class="links"><a href="/login" target="_self">You have an account? Log in</a>'
            '<a href="/privacy" target="_self">What we keep of you</a></p>'
        )


def confirm() -> None:
    """Behind the link of the first letter."""
    with _narrow():
        _title("Confirm your address", "Type the password that you chose, and you are in.")
        token = _token_of_link()
        if not token:
            return
        with st.form("confirm", border=False):
            password = st.text_input("Password", type="password", autocomplete="current-password")
            sent = st.form_submit_button("Confirm and log in", type="primary", width="stretch")
        if sent and _filled(password):
            try:
                opened = session.members().confirm(token, password)
            except GatewayError as error:
                st.html(markup.problem(error.message, error.hint))
            else:
                session.enter(opened)


def forgot() -> None:
    """A letter with a link that sets a new password."""
    with _narrow():
        _title("A new password", "We write to you how to set one.")
        with st.form("forgot", border=False):
            email = st.text_input("E-mail address", autocomplete="email")
            sent = st.form_submit_button("Send the letter", type="primary", width="stretch")
        if sent and _filled(email) and done(lambda: session.members().forgot_password(email)):
            st.success(
                "If this address has an account, a letter is on its way. Its link is good for "
                "one hour.",
                icon=":material/mail:",
            )
        st.html('<p class="links"><a href="/login" target="_self">Back to the login</a></p>')


def reset() -> None:
    """Behind the link of that letter."""
    with _narrow():
        _title("Set a new password", "Every login of the account ends with it.")
        token = _token_of_link()
        if not token:
            return
        with st.form("reset", border=False):
            password = st.text_input(
                "New password", type="password", autocomplete="new-password", help=PASSWORD_HELP
            )
            sent = st.form_submit_button("Set it", type="primary", width="stretch")
        if (
            sent
            and _filled(password)
            and done(lambda: session.members().reset_password(token, password))
        ):
            st.success("Your new password is set.", icon=":material/check:")
            st.html('<p class="links"><a href="/login" target="_self">Log in with it</a></p>')


def log_out() -> None:
    """Ends this login, or all."""
    with _narrow():
        _title("Log out", "On a computer that others use, always do.")
        here = st.button("Log out here", type="primary", width="stretch")
        everywhere = st.button("Log out everywhere", width="stretch")
        if here and done(session.members().log_out):
            session.leave()
        if everywhere and done(session.members().log_out_everywhere):
            session.leave()


def _login_form(role: str) -> None:
    with st.form("login", border=False):
        email = st.text_input("E-mail address", autocomplete="email")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        code = ""
        if st.session_state.get("wants_code"):
            code = st.text_input(
                "Code of your authenticator app", autocomplete="one-time-code", max_chars=8
            )
        sent = st.form_submit_button("Log in", type="primary", width="stretch")
    if sent:
        _try_login(email, password, code, role)


def _try_login(email: str, password: str, code: str, role: str) -> None:
    if not _filled(email, password):
        return
    try:
        opened = session.members().log_in(email, password, code=code, role=role)
    except GatewayError as error:
        if error.code == "second-factor-needed" and not st.session_state.get("wants_code"):
            st.session_state["wants_code"] = True
            st.rerun()
        st.html(markup.problem(error.message, error.hint))
        if error.code == "not-confirmed" and done(
            lambda: session.members().send_letter_again(email)
        ):
            st.info("The letter was sent again.", icon=":material/mail:")
        return
    st.session_state.pop("wants_code", None)
    session.enter(opened)


def _look_into_your_mail(email: str) -> None:
    st.success(
        "Look into your mail: a letter says how to go on. Its link is good for two days.",
        icon=":material/mail:",
    )
    st.html(
        '<p class="quiet">Nothing there? Look among the unwanted mail, or let it be sent again.</p>'
    )
    again, other = st.columns(2)
    if again.button("Send it again", width="stretch") and done(
        lambda: session.members().send_letter_again(email)
    ):
        st.toast("Sent again.")
    if other.button("Another address", width="stretch"):
        del st.session_state["signed_up"]
        st.rerun()


def _filled(*fields: str) -> bool:
    if all(field.strip() for field in fields):
        return True
    st.html(markup.problem("Something is missing.", "Fill in every field."))
    return False


def _token_of_link() -> str:
    token = st.query_params.get("token", "")
    if not token:
        st.html(
            markup.problem(
                "This page is reached by the link of a letter.", "Open the letter once more."
            )
        )
    return token


def _narrow() -> "st.delta_generator.DeltaGenerator":
    return st.container(key="doors").columns([1, 1.4, 1])[1]


def _title(title: str, words: str) -> None:
    st.html(f'<header class="door"><h1>{title}</h1><p>{words}</p></header>')
