"""Back from PayPal: what was agreed to, and what comes of it."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, plan_markup, session
from clarity.checkout.messages import Standing
from clarity.payments.messages import PurchaseState, SubscriptionState


def show() -> None:
    """Look at PayPal, and say how it stands."""
    with st.container(key="doors").columns([1, 1.4, 1])[1]:
        if session.account() is None:
            st.html(
                markup.problem(
                    "You are not logged in.", "Log in, then open Plans: nothing is lost."
                )
            )
            return
        try:
            _look(st.query_params.get("subscription", ""), st.query_params.get("purchase", ""))
        except GatewayError as error:
            st.html(markup.problem(error.message, error.hint))


def _look(subscription: str, purchase: str) -> None:
    if not subscription and not purchase:
        _told("Nothing to see here", "This page is reached from PayPal.")
        _ways(("/plans", "See the plans"))
        return
    with st.spinner("Asking PayPal …"):
        if subscription:
            state = session.wallet().confirm(subscription).state
        else:
            bought = session.wallet().collect(purchase).state
    session.forget_account()
    if purchase:
        _purchase(bought)
    elif state is SubscriptionState.ACTIVE:
        _active(session.wallet().standing())
    elif state is SubscriptionState.APPROVAL_PENDING:
        _not_agreed()
    else:
        _told("This subscription is not active", "Open Plans to see what you have.")
        _ways(("/plans", "See the plans"))


def _active(standing: Standing) -> None:
    if standing.paid_until is None:
        _told(
            "PayPal has your agreement",
            "The plan begins with your first payment, which is on its way: usually minutes.",
        )
        st.button("Look again", icon=":material/refresh:", width="stretch")
        return
    _told("Thank you", f"Your plan is {standing.plan.title}.", good=True)
    rows = {"Paid until": f"{standing.paid_until:%d %B %Y}"}
    if standing.subscription and standing.subscription.next_charge_at:
        rows["Renews for"] = f"{standing.subscription.price} a month, until you cancel"
    st.html(markup.facts(rows))
    _ways(("/", "Check something"), ("/bills", "See the bill"))


def _purchase(state: PurchaseState) -> None:
    if state is PurchaseState.COMPLETED:
        _told("Thank you", "It is paid.", good=True)
        _ways(("/bills", "See the bill"))
    else:
        _not_agreed()


def _not_agreed() -> None:
    _told("Not agreed yet", "PayPal has no agreement of yours; nothing was charged.")
    _ways(("/plans", "Back to the plans"))


def _told(title: str, words: str, *, good: bool = False) -> None:
    st.html(plan_markup.told(title, words, good=good))


def _ways(first: tuple[str, str], *others: tuple[str, str]) -> None:
    """Where to go from here."""
    links = [
        plan_markup.action(*first, first=True),
        *(plan_markup.action(*other) for other in others),
    ]
    st.html(f'<p class="ways">{"".join(links)}</p>')
