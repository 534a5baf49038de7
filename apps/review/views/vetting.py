"""Applications of people who want to be experts, for administrators: checked, accepted, refused."""

from functools import partial

import streamlit as st

from apps.experts_client import Chair
from apps.gateway_client import GatewayError
from apps.review import markup
from apps.scanner import session
from apps.scanner.markup import empty, problem
from apps.scanner.telling import done
from apps.wording import COMPETENCES
from clarity.experts.messages import Competence, ManagedApplication, Vetting

LEAST_REASON = 3


def show() -> None:
    """Every application that waits, the oldest first."""
    st.title("Applications", anchor=False)
    try:
        waiting = chair().waiting()
    except GatewayError as error:
        st.html(problem(error.message, error.hint))
        return
    if told := st.session_state.pop("vetted", ""):
        st.toast(told)
    if not waiting:
        st.html(empty("No application waits.", "Customers apply on Clarity's page."))
        return
    st.caption(
        "Check every credential with whoever gave it. Whoever is accepted is an expert from the "
        "next login on."
    )
    for number, one in enumerate(waiting):
        with st.expander(f"{one.name}, sent on {one.submitted_at:%d %B %Y}", expanded=number == 0):
            _application(one)


def chair() -> Chair:
    """The gateway, asked as the administrator."""
    return Chair(session.gateway())


def _application(told: ManagedApplication) -> None:
    st.html(markup.application(told))
    with st.form(f"vet-{told.id}", border=False):
        fields = st.pills(
            "Fields that you found good",
            [one.value for one in told.fields],
            format_func={one.value: word for one, word in COMPETENCES.items()}.__getitem__,
            selection_mode="multi",
            default=[one.value for one in told.fields],
        )
        few, many = st.columns([1, 3])
        capacity = few.number_input("Reviews at once, at most", 1, 50, 3)
        reason = many.text_input(
            "Reason",
            max_chars=500,
            placeholder="The degree was checked with the university.",
            help="The applicant reads it, whatever you decide.",
        )
        with st.container(horizontal=True):
            accepted = st.form_submit_button("Accept", type="primary", icon=":material/check:")
            refused = st.form_submit_button("Refuse", icon=":material/close:")
    if accepted or refused:
        _decide(told, list(fields), int(capacity), reason.strip(), accept=accepted)


def _decide(
    told: ManagedApplication, fields: list[str], capacity: int, reason: str, *, accept: bool
) -> None:
    if len(reason) < LEAST_REASON:
        st.html(problem("A reason is missing.", "Say in a few words what you checked."))
        return
    if accept and not fields:
        st.html(problem("No field is left.", "Choose at least one, or refuse."))
        return
    vetting = Vetting(
        accept=accept,
        reason=reason,
        fields=frozenset(Competence(one) for one in fields) or None,
        capacity=capacity,
    )
    if done(partial(chair().decide, told.id, vetting)):
        how = "is an expert now" if accept else "was not accepted"
        st.session_state["vetted"] = f"{told.name} {how}, and was written to."
        st.rerun()
