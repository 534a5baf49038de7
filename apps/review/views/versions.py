"""What was saved of a report before: every version can be read, and taken up again."""

from collections.abc import Callable

import streamlit as st

from apps.gateway_client import GatewayError
from apps.review import desk, markup
from apps.scanner import case_markup
from apps.scanner.markup import empty, problem
from clarity.cases.messages import DraftVersion
from clarity.reports.expertise import ExpertForm

TakeUp = Callable[[ExpertForm], None]


def show(review_id: str, *, newest: bool = False, take_up: TakeUp | None = None) -> None:
    """Asked for only while it is open.

    Args:
        review_id: whose report it is.
        newest: whether the newest one is among them; beside the form it is not an earlier one.
        take_up: goes on with an earlier version, where that may be done.
    """
    title = "What you had written" if newest else "Earlier versions"
    part = st.expander(
        title, icon=":material/history:", on_change="rerun", key=f"versions-{review_id}"
    )
    if part.open:
        with part:
            try:
                _choice(review_id, newest=newest, take_up=take_up)
            except GatewayError as error:
                st.html(problem(error.message, error.hint))


def _choice(review_id: str, *, newest: bool, take_up: TakeUp | None) -> None:
    found = desk.reviews().versions(review_id)[0 if newest else 1 :]
    if not found:
        hint = "Nothing was saved." if newest else "Every change that is saved becomes one."
        st.html(empty("There is none.", hint))
        return
    by_number: dict[int, DraftVersion] = {one.version: one for one in found}
    number = st.selectbox(
        "Version",
        list(by_number),
        format_func=lambda one: markup.version(by_number[one]),
        key=f"version-{review_id}",
    )
    form = desk.reviews().version(review_id, number).form
    with st.container(border=True):
        st.html(case_markup.written(form))
    if take_up is not None:
        st.button(
            "Go on with this version",
            icon=":material/settings_backup_restore:",
            on_click=take_up,
            args=(form,),
            help="It becomes the newest one; those after it stay here.",
        )
