"""The member's activity log: filtered, paged, taken along."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from typing import Any

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import downloads, markup, session
from clarity.customers.messages import Kind

ONE = {
    Kind.SCAN: "Check",
    Kind.QUERY: "Query",
    Kind.PAYMENT: "Payment",
    Kind.REPORT: "Report",
    Kind.DISPUTE: "Dispute",
    Kind.ACCOUNT: "Account",
}
KINDS = {
    Kind.SCAN: "Checks",
    Kind.QUERY: "Queries",
    Kind.PAYMENT: "Payments",
    Kind.REPORT: "Reports",
    Kind.DISPUTE: "Disputes",
    Kind.ACCOUNT: "Account",
}


def show() -> None:
    """Filters, the lines, files of them."""
    st.html(
        '<header class="hero"><h1>Activity</h1><p>What happened in your name. If you see '
        "something that was not you, log out everywhere and change your password.</p></header>"
    )
    filters = _filters()
    after = st.session_state.get("activity_after", "")
    if st.session_state.get("activity_filters") != filters:
        st.session_state["activity_filters"], after = filters, ""
    try:
        page = session.members().activity(filters, after=after)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    if not page.activities:
        st.html(markup.empty("Nothing here.", "Nothing of this kind happened at that time."))
        return
    st.html(markup.activities(page.activities, ONE))
    st.session_state["activity_after"] = after
    with st.container(horizontal=True):
        if after and st.button("Newest", icon=":material/first_page:"):
            st.session_state["activity_after"] = ""
            st.rerun()
        if page.next and st.button("Older", icon=":material/chevron_right:"):
            st.session_state["activity_after"] = page.next
            st.rerun()
    _files(filters)


def _filters() -> dict[str, Any]:
    kinds = st.pills("Show", list(KINDS), format_func=KINDS.__getitem__, selection_mode="multi")
    with st.container(key="dates"):
        left, middle, right = st.columns([1, 1, 2])
    since = left.date_input("From", value=None, format="YYYY-MM-DD")
    until = middle.date_input("To", value=None, format="YYYY-MM-DD")
    text = right.text_input("Containing", placeholder="a file's name or an identifier")
    found: dict[str, Any] = {"kind": [kind.value for kind in kinds]}
    if isinstance(since, date):
        found["since"] = _start(since).isoformat()
    if isinstance(until, date):
        found["until"] = (_start(until) + timedelta(days=1)).isoformat()
    if text.strip():
        found["text"] = text.strip()
    return found


def _start(day: date) -> datetime:
    return datetime.combine(day, time_of_day.min, tzinfo=UTC)


def _files(filters: dict[str, Any]) -> None:
    st.subheader("Take it along", anchor=False)
    members = session.members()
    with st.container(horizontal=True):
        for form, kind in (("csv", "text/csv"), ("json", "application/json")):
            downloads.button(
                f"{form.upper()} file",
                partial(members.activity_file, filters, form),
                name=f"clarity-activity.{form}",
                mime=kind,
            )
