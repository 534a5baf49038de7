"""For administrators: how cases stand, how experts work, how models do on what was settled."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from apps.gateway_client import GatewayError
from apps.review import oversight_markup as shown
from apps.review.views.vetting import chair
from apps.scanner.markup import empty, problem
from apps.scanner.telling import done
from clarity.cases.messages import ManagedCase


def cases() -> None:
    """Cases under way, due first; experts may be given to those that lack one."""
    st.title("Cases", anchor=False)
    try:
        found = chair().cases()
    except GatewayError as error:
        st.html(problem(error.message, error.hint))
        return
    live = [one for one in found if one.state not in shown.OVER]
    over = [one for one in found if one.state in shown.OVER]
    now = datetime.now(UTC)
    if live:
        st.html(shown.cases(live, now))
    else:
        st.html(empty("No case is under way.", "Customers open them beside their reports."))
    if lacking := [one for one in live if one.vacancies]:
        _assign(lacking)
    if over:
        st.header("Over", anchor=False)
        st.html(shown.cases(over[::-1], now))


def _assign(lacking: list[ManagedCase]) -> None:
    st.header("Give a case to an expert", anchor=False)
    try:
        experts = [one for one in chair().experts() if one.retired_at is None]
    except GatewayError as error:
        st.html(problem(error.message, error.hint))
        return
    if not experts:
        st.html(empty("There is no expert.", "Accept an application first."))
        return
    by_id = {one.id: one for one in lacking}
    names = {one.account_id: one.pseudonym for one in experts}
    with st.form("assign", border=False):
        left, right = st.columns(2)
        case = left.selectbox(
            "Case",
            list(by_id),
            format_func=lambda one: f"{by_id[one].source} (case {one})",
        )
        expert = right.selectbox("Expert", list(names), format_func=names.__getitem__)
        st.caption(
            "Experts are found by themselves every few seconds. By hand, load and fields do not "
            "count; a conflict of interest does."
        )
        sent = st.form_submit_button("Give it", icon=":material/person_add:")
    if sent and done(partial(chair().assign, case, expert)):
        st.rerun()


def figures() -> None:
    """Experts and models, measured by what was settled."""
    st.title("Figures", anchor=False)
    try:
        experts = chair().experts()
        told = {one.pseudonym: one for one in chair().performance()}
        models = chair().accuracy()
    except GatewayError as error:
        st.html(problem(error.message, error.hint))
        return
    st.header("Experts", anchor=False)
    if experts:
        st.html(shown.experts(experts, told))
    else:
        st.html(empty("There is no expert.", "Accept an application first."))
    st.header("Models", anchor=False)
    if models:
        st.html(shown.models(models))
        st.caption(
            "On items that experts settled while a release was at work. Customers ask about what "
            "they doubt, so this is harder than a sample of all items."
        )
    else:
        st.html(empty("Nothing is settled yet.", "Every settled item measures the models."))
