"""Back from PayPal: what was agreed to, and what comes of it."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session
from clarity.payments.messages import PurchaseState, SubscriptionState


def show() -> None:
    """Look at PayPal, once a visit, and say how it stands."""
    if session.account() is None:
        st.html(
            markup.problem("You are not logged in.", "Log in, then open Plans: nothing is lost.")
        )
        return
    subscription = st.query_params.get("subscription", "")
    purchase = st.query_params.get("purchase", "")
    try:
        if subscription:
            _subscription(subscription)
        elif purchase:
            _purchase(purchase)
        else:
            st.html(markup.empty("Nothing to see here.", "Open Plans to choose one."))
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))


def _subscription(subscription_id: str) -> None:
    state = session.wallet().confirm(subscription_id).state
    session.forget_account()
    if state is SubscriptionState.ACTIVE:
        plan = session.wallet().standing().plan
        st.success(f"Thank you. Your plan: {plan.title}.", icon=":material/check_circle:")
        st.write("The invoice is below Bills. The first payment can take a few minutes.")
    elif state is SubscriptionState.APPROVAL_PENDING:
        st.info("PayPal has no agreement of yours yet; nothing was charged.")
    else:
        st.info("This subscription is not active. Open Plans to see what you have.")


def _purchase(purchase_id: str) -> None:
    state = session.wallet().collect(purchase_id).state
    if state is PurchaseState.COMPLETED:
        st.success("Thank you. It is paid.", icon=":material/check_circle:")
    else:
        st.info("PayPal has no agreement of yours yet; nothing was charged.")
