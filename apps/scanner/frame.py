"""The frame of the page: what every view has round it. The server runs it for each visitor."""

from pathlib import Path

import streamlit as st

from apps.scanner import session
from apps.scanner.views import (
    account,
    activity,
    bills,
    checkout,
    entrance,
    expert,
    guide,
    history,
    keys,
    models,
    plans,
    privacy,
    scan,
    webhooks,
)
from clarity.accounts.messages import Account

HERE = Path(__file__).parent


def main() -> None:
    """Lay out the frame of the page and show the chosen view."""
    st.set_page_config(page_title="Clarity", page_icon=str(HERE / "mark.svg"), layout="wide")
    st.html(HERE / "style.css")
    st.logo(str(HERE / "logo.svg"), size="large")
    page = st.navigation(_pages(session.account()), position="top")
    page.run()


def _pages(who: Account | None) -> dict[str, list[st.Page]]:
    always = [
        st.Page(scan.show, title="Check", url_path="check", default=True),
        st.Page(models.show, title="Models", url_path="models"),
        st.Page(plans.show, title="Plans", url_path="plans"),
        st.Page(guide.show, title="How to read a report", url_path="guide"),
        st.Page(privacy.show, title="Privacy", url_path="privacy", visibility="hidden"),
    ]
    letters = [
        st.Page(entrance.confirm, title="Confirm", url_path="confirm", visibility="hidden"),
        st.Page(entrance.reset, title="New password", url_path="reset", visibility="hidden"),
        st.Page(checkout.show, title="Checkout", url_path="checkout", visibility="hidden"),
    ]
    if who is None:
        doors = [
            st.Page(entrance.log_in, title="Log in", url_path="login"),
            st.Page(entrance.sign_up, title="Sign up", url_path="signup"),
            st.Page(
                entrance.forgot, title="Forgotten password", url_path="forgot", visibility="hidden"
            ),
        ]
        return {"": [*always, *doors, *letters]}
    own = [
        st.Page(history.show, title="Your checks", url_path="history"),
        st.Page(activity.show, title="Activity", url_path="activity"),
        st.Page(bills.show, title="Bills", url_path="bills"),
        st.Page(keys.show, title="API keys", url_path="keys"),
        st.Page(webhooks.show, title="Webhooks", url_path="webhooks"),
        st.Page(account.show, title="Account and privacy", url_path="account"),
        st.Page(expert.show, title="Become an expert", url_path="expert"),
        st.Page(entrance.log_out, title="Log out", url_path="logout"),
    ]
    return {"": [*always, *letters], "Account": own}


main()
