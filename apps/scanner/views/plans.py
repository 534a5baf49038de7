"""Plans: what there is, what one has, and the way to another."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, plan_markup, session
from apps.scanner.plan_wording import panel_in_words, panel_share, plans_in_words
from apps.scanner.telling import done
from clarity.checkout.messages import Offer, Standing
from clarity.plans.messages import Change, ChangeKind, Panel, Plan

T = TypeVar("T")


def show() -> None:
    """The plans side by side; for members with buttons."""
    try:
        offer = session.wallet().offer()
        standing = session.wallet().standing() if session.account() is not None else None
    except GatewayError as error:
        st.html('<header class="hero"><h1>Plans</h1></header>')
        st.html(markup.problem(error.message, error.hint))
        return
    words = plans_in_words(offer.panel)
    st.html(f'<header class="hero"><h1>Plans</h1><p>{words}</p></header>')
    if not offer.payments.enabled:
        st.info(offer.payments.hint, icon=":material/info:")
    if standing is not None:
        _standing(standing)
    with st.container(key="plans"):
        for column, plan in zip(st.columns(len(offer.plans)), offer.plans, strict=True):
            with column.container(border=True, height="stretch", key=_frame(plan, standing)):
                _plan(plan, offer, standing)
    if standing is None and offer.payments.enabled:
        sign_up = plan_markup.action("/signup", "Sign up to take a plan", first=True)
        st.html(
            f'<p class="links">{sign_up}'
            '<a href="/login" target="_self">You have an account? Log in</a></p>'
        )
    st.header("The panel", anchor=False)
    st.html(plan_markup.lead(panel_in_words(offer.panel)))
    st.html(plan_markup.panel(offer.panel, _titles()))
    _agreement(offer)


def _frame(plan: Plan, standing: Standing | None) -> str:
    """Key of a plan's frame, by which the member's own is drawn thicker."""
    own = standing is not None and standing.plan.name == plan.name
    return f"own-{plan.name}" if own else f"plan-{plan.name}"


def _titles() -> dict[str, str]:
    return {name: card.title for name, card in session.cards_or_none().items()}


def _standing(standing: Standing) -> None:
    """What the member has, and what can be done with it."""
    subscription = standing.subscription
    with st.container(border=True, key="standing"):
        st.html(plan_markup.standing(standing.plan.title, _goes_on(standing)))
        if subscription is None:
            return
        if subscription.approve_url:
            st.write("You chose a plan and have not agreed at PayPal yet. Nothing was charged.")
            st.html(plan_markup.action(subscription.approve_url, "Go on to PayPal", first=True))
        if subscription.overdue:
            st.warning(f"{subscription.overdue} could not be charged.", icon=":material/error:")
            if st.button("Charge it again") and done(_waiting(session.wallet().retry)):
                st.rerun()
        if subscription.renews:
            _ending(standing)


def _goes_on(standing: Standing) -> str:
    """How it goes on, in words."""
    subscription, until = standing.subscription, standing.paid_until
    if subscription is not None and subscription.renews and subscription.next_charge_at:
        return f"Renews on {subscription.next_charge_at:%d %B %Y} for {subscription.price}."
    if until is not None:
        return f"Paid until {until:%d %B %Y}; then Free follows, and nothing more is charged."
    return "Nothing is charged."


def _ending(standing: Standing) -> None:
    with st.expander("Cancel the plan"):
        until = f" until {standing.paid_until:%d %B %Y}" if standing.paid_until else ""
        st.write(
            f"Nothing is charged any more. {standing.plan.title} stays yours{until}; then Free "
            "follows."
        )
        if st.button("Cancel the subscription") and done(_waiting(session.wallet().cancel)):
            st.rerun()


def _plan(plan: Plan, offer: Offer, standing: Standing | None) -> None:
    st.subheader(plan.title, anchor=False)
    if plan.price:
        st.html(plan_markup.price(str(plan.price), "a month"))
    else:
        st.html(plan_markup.price(str(plan.price), "without an account"))
    st.html(plan_markup.summary(plan.summary) + markup.bullets(_gives(plan, offer)))
    if standing is None:
        return
    if _is_taken(plan, standing):
        st.caption("This is your plan.")
    elif plan.price and offer.payments.enabled:
        st.button(
            f"Take {plan.title}",
            key=f"take-{plan.name}",
            width="stretch",
            on_click=_want,
            args=(plan.name,),
        )


def _is_taken(plan: Plan, standing: Standing) -> bool:
    """Whether nothing is left to be taken: it holds, and goes on by itself."""
    subscription = standing.subscription
    if subscription is not None and subscription.renews:
        return subscription.plan == plan.name
    return standing.plan.name == plan.name and not plan.price


def _gives(plan: Plan, offer: Offer) -> list[str]:
    models = panel_share(offer.panel) if plan.panel is Panel.EVERY_MODEL else "One model"
    quota = plan.scans_per_month
    scans = f"{quota:,} checks a month" if quota else "Checks as long as there is room"
    reports = plan.expert_reports_per_month
    within = f", each within {plan.expert_days} days"
    if reports is None:
        return [models, scans, f"Reports by experts without limit{within}"]
    experts = f"{reports} reports by experts a month{within}"
    return [models, scans, experts if reports else "No reports by experts"]


def _want(plan: str) -> None:
    st.session_state["wanted_plan"] = plan


def _want_nothing() -> None:
    st.session_state.pop("wanted_plan", None)


def _agreement(offer: Offer) -> None:
    """What the wanted plan means, and the way to PayPal, in a window over the page."""
    wanted = st.session_state.get("wanted_plan", "")
    title = {plan.name: plan.title for plan in offer.plans}.get(wanted)
    if title is None or session.account() is None:
        return
    try:
        change = session.wallet().quote(wanted)
    except GatewayError as error:
        _want_nothing()
        st.html(markup.problem(error.message, error.hint))
        return
    window = st.dialog(f"Take {title}", on_dismiss=_want_nothing)
    window(_agree)(change)


def _agree(change: Change) -> None:
    st.markdown(meaning(change))
    st.caption("PayPal asks for your agreement on its own page. Nothing is charged before.")
    if not st.button(
        "Agree at PayPal", type="primary", icon=":material/payments:", width="stretch"
    ):
        return
    try:
        subscription = _waiting(lambda: session.wallet().subscribe(change.plan))()
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    _want_nothing()
    if subscription.approve_url:
        st.html(plan_markup.action(subscription.approve_url, "Go on to PayPal"))
        session.go_to(subscription.approve_url)


def _waiting(call: Callable[[], T]) -> Callable[[], T]:
    """The same call, with a sign that PayPal is being waited for."""

    def wait() -> T:
        with st.spinner("Talking to PayPal …"):
            return call()

    return wait


def meaning(change: Change) -> str:
    """A change of plan in words."""
    if change.first_regular_charge is None:
        return f"**{change.due_now} now**, and then every month until you cancel."
    first = f"{change.first_regular_charge:%d %B %Y}"
    if change.kind is ChangeKind.UPGRADE:
        return (
            f"The new plan begins at once: **{change.due_now} now** for the rest of the month "
            f"that you have paid, its full price from {first} on."
        )
    if change.kind is ChangeKind.DOWNGRADE:
        return f"Nothing now. The new plan begins, and is charged, on {first}."
    return f"Nothing now. Your plan goes on, and is charged again, on {first}."
