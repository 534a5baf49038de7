"""The queue, and one review: begin it or give it back, write it, read what came of it."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from apps.gateway_client import GatewayError
from apps.review import desk, marks, markup
from apps.review.views import editor, looking, versions
from apps.scanner import case_markup, downloads
from apps.scanner.markup import empty, problem
from clarity.cases.messages import OpenedReview, ReviewState
from clarity.reports.expert_wording import WORDS
from clarity.reports.expertise import ExpertReport

REASONS = {
    "no-time": "I have no time",
    "not-my-field": "It is not my field",
    "conflict-of-interest": "I have a conflict of interest",
    "other": "Another reason",
}


def show() -> None:
    """One review where the address names it, else the queue."""
    review_id = st.query_params.get("review", "")
    try:
        if review_id:
            _review(review_id)
        else:
            _queue()
    except GatewayError as error:
        st.html(problem(error.message, error.hint))
        if review_id:
            st.html('<p class="links"><a href="/" target="_self">All reviews</a></p>')


def _queue() -> None:
    desk.close_desk()
    now = datetime.now(UTC)
    found = desk.reviews().queue()
    held = [one for one in found if one.state in markup.HELD]
    over = [one for one in found if one.state not in markup.HELD]
    st.title("Your reviews", anchor=False)
    if held:
        st.html(markup.queue(held, now))
    else:
        st.html(empty("Nothing waits for you.", "You are written to when you are asked again."))
    if over:
        st.header("Done", anchor=False)
        st.html(markup.queue(over, now))


def _review(review_id: str) -> None:
    told = desk.reviews().read(review_id)
    st.html(markup.head(told, datetime.now(UTC)))
    if told.state is ReviewState.ASSIGNED:
        _offer(told)
    elif told.state is ReviewState.BEGUN:
        _work(told)
    elif told.state is ReviewState.SUBMITTED:
        _outcome(told)
    else:
        st.write("You gave this review back, or its time ran out; another expert was asked.")
        versions.show(told.id, newest=True)


def _offer(told: OpenedReview) -> None:
    st.write(
        f"Clarity by itself says: **{told.report.label.value}**. When you begin, the customer sees "
        "that somebody is at work. That you opened the item is written down in the case's chain "
        "of custody."
    )
    with st.container(horizontal=True):
        if st.button("Begin the review", type="primary", icon=":material/play_arrow:"):
            desk.reviews().start(told.id)
            st.rerun()
        _decline(told)


def _decline(told: OpenedReview) -> None:
    with st.popover("Give it back", icon=":material/undo:"):
        reason = st.radio("Why?", list(REASONS), format_func=REASONS.__getitem__)
        note = st.text_input("Note for the administrators", max_chars=300)
        st.caption("Another expert is asked. What you have written is kept.")
        if st.button("Give this review back", type="primary"):
            desk.reviews().decline(told.id, reason, note)
            desk.close_desk()
            st.query_params.clear()
            st.rerun()


def _work(told: OpenedReview) -> None:
    look, write = st.columns([1, 1.05], gap="large")
    with look, st.container(key="look"):
        looking.show(told)
    with write:
        editor.show(told)
        _decline(told)


def _outcome(told: OpenedReview) -> None:
    desk.close_desk()
    if told.settled is None:
        st.info(
            "Your report is submitted. The other reports can be read here once the case is "
            "settled.",
            icon=":material/check:",
        )
    else:
        st.info(f"The case is settled: {WORDS[told.settled].lower()}.", icon=":material/gavel:")
    for one in desk.reviews().reports(told.id):
        own = one.review == told.number
        title = "Your report" if own else f"Report of {one.expert}"
        with st.expander(title, expanded=own):
            st.html(case_markup.expert_report(one))
            _drawn(one, told)
            downloads.attachments(one.attachments, partial(desk.reviews().attachment, told.id))
    versions.show(told.id)


def _drawn(report: ExpertReport, told: OpenedReview) -> None:
    """The marked places and times; on an empty frame, for the item is not shown any more."""
    plans = list(marks.plans(report.form, told.report))
    for plan in plans:
        st.image(plan.image, alt=f"Marked places. {plan.words}", width=420)
    if plans:
        st.caption(
            "Where the marked places are in the frame; the numbers are those above, faces that "
            "Clarity found there are in outline. The item itself is shown only under review."
        )
    if spans := marks.spans(report.form):
        words = marks.times_in_words(spans)
        chart = marks.times(spans, told.report.media.duration_seconds)
        st.altair_chart(chart, alt=f"Marked times. {words}")
