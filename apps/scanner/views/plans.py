"""Plans: what there is, what one has, and the way to another."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session
from apps.scanner.telling import done
from clarity.checkout.messages import Offer, Standing
from clarity.plans.messages import Change, ChangeKind, Panel, Plan


def show() -> None:
    """The plans side by side; for members with buttons."""
    st.html(
        '<header class="hero"><h1>Plans</h1><p>Free stays free. A plan adds every model, a place '
        "ahead of all free checks, and reports by experts. Prices contain all taxes.</p></header>"
    )
    member = session.account() is not None
    try:
        offer = session.wallet().offer()
        standing = session.wallet().standing() if member else None
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    if not offer.payments.enabled:
        st.info(offer.payments.hint, icon=":material/info:")
    if standing is not None:
        _standing(standing)
    for column, plan in zip(st.columns(len(offer.plans)), offer.plans, strict=True):
        with column.container(border=True):
            _plan(plan, offer, standing)
    _agreement()


def _standing(standing: Standing) -> None:
    """What the member has, and what can be done with it."""
    subscription = standing.subscription
    until = f", paid until {standing.paid_until:%d %B %Y}" if standing.paid_until else ""
    st.markdown(f"**Your plan: {standing.plan.title}**{until}.")
    if subscription is None:
        return
    if subscription.approve_url:
        st.link_button("Go on to PayPal", subscription.approve_url, icon=":material/open_in_new:")
    if subscription.overdue:
        st.warning(f"{subscription.overdue} could not be charged.", icon=":material/error:")
        if st.button("Charge it again") and done(session.wallet().retry):
            st.rerun()
    if subscription.renews:
        if subscription.next_charge_at:
            st.caption(
                f"Renews on {subscription.next_charge_at:%d %B %Y} for {subscription.price}."
            )
        if st.button("Cancel the subscription") and done(session.wallet().cancel):
            st.rerun()


def _plan(plan: Plan, offer: Offer, standing: Standing | None) -> None:
    st.subheader(plan.title, anchor=False)
    st.markdown(f"**{plan.price} a month**" if plan.price else "**For nothing**")
    st.write(plan.summary)
    st.html(markup.bullets(_gives(plan)))
    if standing is None or not plan.price or not offer.payments.enabled:
        return
    subscription = standing.subscription
    if subscription and subscription.renews and subscription.plan == plan.name:
        st.caption("This is your plan.")
    elif st.button(f"Take {plan.title}", key=f"take-{plan.name}", width="stretch"):
        st.session_state["wanted_plan"] = plan.name


def _gives(plan: Plan) -> list[str]:
    models = "Every model" if plan.panel is Panel.EVERY_MODEL else "One model"
    scans = f"{plan.scans_per_month} checks a month" if plan.scans_per_month else "Any checks"
    reports = plan.expert_reports_per_month
    within = f", each within {plan.expert_days} days"
    if reports is None:
        return [models, scans, f"Reports by experts without limit{within}"]
    experts = f"{reports} reports by experts a month{within}"
    return [models, scans, experts if reports else "No reports by experts"]


def _agreement() -> None:
    """What the wanted plan means, and the way to PayPal."""
    wanted = st.session_state.get("wanted_plan")
    if wanted is None or session.account() is None:
        return
    try:
        change = session.wallet().quote(wanted)
    except GatewayError as error:
        st.session_state.pop("wanted_plan")
        st.html(markup.problem(error.message, error.hint))
        return
    with st.container(border=True):
        st.markdown(meaning(change))
        if not st.button("Agree at PayPal", type="primary", icon=":material/payments:"):
            return
        try:
            subscription = session.wallet().subscribe(wanted)
        except GatewayError as error:
            st.html(markup.problem(error.message, error.hint))
            return
        st.session_state.pop("wanted_plan")
        if subscription.approve_url:
            st.link_button("Go on to PayPal", subscription.approve_url, type="primary")
            st.caption("PayPal asks for your agreement. Nothing is charged before.")


def meaning(change: Change) -> str:
    """A change of plan in words."""
    if change.first_regular_charge is None:
        return f"**{change.due_now}** now, and then every month until you cancel."
    first = f"{change.first_regular_charge:%d %B %Y}"
    if change.kind is ChangeKind.UPGRADE:
        return (
            f"The new plan begins at once: **{change.due_now}** now for the rest of the month "
            f"that you have paid, its full price from {first} on."
        )
    if change.kind is ChangeKind.DOWNGRADE:
        return f"Nothing now. The new plan begins, and is charged, on {first}."
    return f"Nothing now. Your plan goes on, and is charged again, on {first}."
