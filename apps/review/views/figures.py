"""An expert's own figures, earnings, and how much work is wanted."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.review import desk, markup
from apps.scanner.markup import empty, facts, problem
from apps.scanner.telling import done
from apps.wording import competences
from clarity.experts.messages import Earning, Expert, PayoutRecord, Performance


def show() -> None:
    """The dashboard."""
    desk.close_desk()
    st.title("Your figures", anchor=False)
    try:
        told = desk.reviews().dashboard()
        earned = desk.reviews().earnings()
    except GatewayError as error:
        st.html(problem(error.message, error.hint))
        return
    st.html(facts(_profile(told.expert)))
    st.header("How you work", anchor=False)
    st.html(facts(_work(told.performance)))
    st.caption(
        "Agreement with the settled verdict and with the other reviewer counts disputes alone: "
        "requests have no second opinion."
    )
    st.header("Earnings", anchor=False)
    st.metric("Not paid yet", str(told.unpaid))
    if earned:
        st.dataframe(_earnings(earned), hide_index=True)
    else:
        st.html(empty("Nothing is earned yet.", "Every report that you submit earns."))
    if told.payouts:
        st.subheader("Pay-outs", anchor=False)
        st.dataframe(_payouts(told.payouts), hide_index=True)
    st.header("How much you take", anchor=False)
    _wanted(told.expert)


def _profile(who: Expert) -> dict[str, str]:
    return {
        "Your name to customers": who.pseudonym,
        "Fields": competences(who.fields),
        "Vetted": f"{who.vetted_at:%d %B %Y}",
    }


def _work(told: Performance) -> dict[str, str]:
    hours = told.median_hours
    return {
        "Given to you": str(told.assigned),
        "Held now": str(told.open),
        "Submitted": str(told.submitted),
        "Given back": str(told.declined),
        "Taken back, too late": str(told.overdue),
        "Median time to the report": "nothing counted yet" if hours is None else f"{hours:.1f} h",
        "In time": markup.share(told.in_time),
        "Agreed with the other reviewer": markup.share(told.agreement_with_reviewer),
        "Agreed with the settled verdict": markup.share(told.agreement_with_settled),
        "Agreed with what became known": markup.share(told.agreement_with_truth),
    }


def _earnings(rows: list[Earning]) -> list[dict[str, str]]:
    return [
        {
            "Review": row.review,
            "When (UTC)": f"{row.earned_at:%Y-%m-%d %H:%M}",
            "Amount": str(row.amount),
            "Pay-out": row.payout or "not yet",
        }
        for row in rows
    ]


def _payouts(rows: list[PayoutRecord]) -> list[dict[str, str]]:
    return [
        {
            "Pay-out": row.id,
            "Amount": str(row.amount),
            "Reviews": str(row.reviews),
            "State": row.state.value,
            "Reference": row.reference or "",
        }
        for row in rows
    ]


def _wanted(who: Expert) -> None:
    with st.form("wanted", border=False):
        available = st.toggle("Give me new reviews", who.available)
        capacity = st.number_input("Reviews at once, at most", 1, 50, max(1, who.capacity))
        sent = st.form_submit_button("Save")
    if sent and done(lambda: desk.reviews().change(available=available, capacity=int(capacity))):
        st.toast("Saved.")
