"""The frame of the experts' page: nothing but a login for who is no expert and no administrator."""

from pathlib import Path

import streamlit as st

from apps.review.views import figures, oversight, reviews, vetting
from apps.scanner import session
from apps.scanner.doors import EXPERT_SESSION
from apps.scanner.views import entrance

HERE = Path(__file__).parent
SHARED = HERE.parent / "scanner"


def main() -> None:
    """Lay out the frame of the page and show the chosen view."""
    st.set_page_config(
        page_title="Clarity for experts", page_icon=str(SHARED / "mark.svg"), layout="wide"
    )
    st.html(SHARED / "style.css")
    st.html(HERE / "style.css")
    st.logo(str(SHARED / "logo.svg"), size="large")
    session.keep_login_in(EXPERT_SESSION)
    st.navigation(_pages(), position="top").run()


def _pages() -> list[st.Page]:
    who = session.account()
    out = st.Page(entrance.log_out, title="Log out", url_path="logout")
    if who is not None and who.role == "expert":
        return [
            st.Page(reviews.show, title="Reviews", url_path="reviews", default=True),
            st.Page(figures.show, title="Your figures", url_path="figures"),
            out,
        ]
    if who is not None and who.role == "administrator":
        return [
            st.Page(vetting.show, title="Applications", url_path="applications", default=True),
            st.Page(oversight.cases, title="Cases", url_path="cases"),
            st.Page(oversight.figures, title="Figures", url_path="figures"),
            out,
        ]
    return [st.Page(entrance.log_in_as_expert, title="Log in", url_path="login", default=True)]


main()
