"""Becoming an expert: an application with credentials, and how it stands."""

from functools import partial

import streamlit as st

from apps.addresses import is_address
from apps.gateway_client import GatewayError
from apps.scanner import markup, session
from apps.scanner.telling import done
from apps.wording import COMPETENCES, competences
from clarity.experts.messages import (
    Application,
    ApplicationOrder,
    ApplicationState,
    Competence,
    Credential,
)

STATES = {
    ApplicationState.SUBMITTED: "Waits for an administrator",
    ApplicationState.ACCEPTED: "Accepted",
    ApplicationState.REFUSED: "Not accepted",
    ApplicationState.WITHDRAWN: "Taken back",
}
ROWS = "credential-rows"
MOST_CREDENTIALS = 20
LEAST_STATEMENT = 20


def show() -> None:
    """How the newest application stands, and a form where another may be sent."""
    st.html(
        '<header class="hero"><h1>Become an expert</h1><p>Vetted experts examine what customers '
        "doubt, and their word settles it. They are paid for every report.</p></header>"
    )
    try:
        found = session.applicant().applications()
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    newest = found[0] if found else None
    if newest is not None and newest.state is not ApplicationState.WITHDRAWN:
        _standing(newest)
    if newest is None or newest.state in (ApplicationState.WITHDRAWN, ApplicationState.REFUSED):
        _form()


def _standing(told: Application) -> None:
    with st.container(border=True, key="application"):
        st.subheader(STATES[told.state], anchor=False)
        st.html(markup.facts(_facts(told)))
        if told.state is ApplicationState.ACCEPTED:
            st.write(
                "You are an expert. The experts' page has a door of its own: log in there with "
                "the same address and password."
            )
        elif told.state is ApplicationState.SUBMITTED:
            st.write("Your credentials are being checked. You will be written to.")
            taken = st.button("Take it back", icon=":material/undo:")
            if taken and done(session.applicant().withdraw):
                st.rerun()


def _facts(told: Application) -> dict[str, str]:
    facts = {
        "Name": told.name,
        "Fields": competences(told.fields),
        "Sent": f"{told.submitted_at:%d %B %Y}",
        "Credentials": "; ".join(_credential(one) for one in told.credentials),
    }
    if told.decision_reason:
        facts["The administrator writes"] = told.decision_reason
    return facts


def _credential(told: Credential) -> str:
    return f"{told.title}, {told.issuer}, {told.year}"


def _form() -> None:
    rows: list[int] = st.session_state.setdefault(ROWS, [1])
    with st.container(key="apply"):
        st.header("Your application", anchor=False)
        name = st.text_input(
            "Name", max_chars=200, help="Administrators see it. Customers see a pseudonym."
        )
        statement = st.text_area(
            "What makes you an expert?",
            max_chars=4000,
            height=140,
            placeholder="Ten years of image forensics at a police laboratory.",
        )
        fields = st.pills(
            "Your fields",
            [one.value for one in Competence],
            format_func={one.value: word for one, word in COMPETENCES.items()}.__getitem__,
            selection_mode="multi",
            help="You are asked about pictures or video only where you have chosen them.",
        )
        st.subheader("Credentials", anchor=False)
        st.caption("Degrees, certificates, posts, publications: whatever can be checked.")
        for place, row in enumerate(rows, 1):
            _credential_fields(place, row, removable=len(rows) > 1)
        if len(rows) < MOST_CREDENTIALS:
            st.button("Add a credential", icon=":material/add:", on_click=_add)
        if st.button("Send the application", type="primary", icon=":material/send:"):
            _send(name.strip(), statement.strip(), fields)


def _credential_fields(place: int, row: int, *, removable: bool) -> None:
    with st.container(border=True):
        title, issuer = st.columns(2)
        title.text_input(f"Credential {place}: what", key=f"title-{row}", max_chars=200)
        issuer.text_input(f"Credential {place}: from whom", key=f"issuer-{row}", max_chars=200)
        year, link = st.columns([1, 3])
        year.number_input(
            f"Credential {place}: year", 1950, 2100, None, key=f"year-{row}", placeholder="2014"
        )
        link.text_input(
            f"Credential {place}: where it can be checked",
            key=f"link-{row}",
            max_chars=500,
            placeholder="https://",
        )
        if removable:
            st.button(
                f"Remove credential {place}",
                icon=":material/close:",
                type="tertiary",
                key=f"remove-{row}",
                on_click=_remove,
                args=(row,),
            )


def _add() -> None:
    rows = st.session_state[ROWS]
    # Never a number again: taking one away moves no other.
    st.session_state["credential-count"] = st.session_state.get("credential-count", 1) + 1
    st.session_state[ROWS] = [*rows, st.session_state["credential-count"]]


def _remove(row: int) -> None:
    st.session_state[ROWS] = [one for one in st.session_state[ROWS] if one != row]


def _send(name: str, statement: str, fields: list[str]) -> None:
    credentials = [_told(row) for row in st.session_state[ROWS]]
    lacking = _lacking(name, statement, fields, credentials)
    if lacking:
        st.html(markup.problem("Something is missing.", lacking))
        return
    order = ApplicationOrder(
        name=name,
        statement=statement,
        fields=frozenset(Competence(one) for one in fields),
        credentials=[Credential.model_validate(one) for one in credentials],
    )
    if done(partial(session.applicant().apply, order)):
        st.session_state.pop(ROWS, None)
        st.rerun()


def _told(row: int) -> dict[str, object]:
    def text(name: str) -> str:
        return str(st.session_state.get(f"{name}-{row}") or "").strip()

    return {
        "title": text("title"),
        "issuer": text("issuer"),
        "year": st.session_state.get(f"year-{row}"),
        "link": text("link"),
    }


def _lacking(
    name: str, statement: str, fields: list[str], credentials: list[dict[str, object]]
) -> str:
    """What an application still lacks, in words; empty when it can be sent."""
    if len(name) < 2:
        return "Give your name."
    if len(statement) < LEAST_STATEMENT:
        return f"Say in at least {LEAST_STATEMENT} characters what makes you an expert."
    if not fields:
        return "Choose at least one field."
    for number, one in enumerate(credentials, 1):
        if len(str(one["title"])) < 2 or len(str(one["issuer"])) < 2 or one["year"] is None:
            return f"Credential {number} needs what it is, from whom, and the year."
        link = str(one["link"])
        if link and not is_address(link):
            return f"The address of credential {number} begins with https:// and has no spaces."
    return ""
