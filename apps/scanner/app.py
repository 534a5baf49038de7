"""The scanner page. Start it with `python -m streamlit run apps/scanner/app.py`."""

from pathlib import Path

import streamlit as st

from apps.scanner.views import guide, models, scan

HERE = Path(__file__).parent


def main() -> None:
    """Lay out the frame of the page and show the chosen view."""
    st.set_page_config(page_title="Clarity", page_icon=str(HERE / "mark.svg"), layout="wide")
    st.html(HERE / "style.css")
    st.logo(str(HERE / "logo.svg"), size="large")
    page = st.navigation(
        [
            st.Page(scan.show, title="Check", url_path="check", default=True),
            st.Page(models.show, title="Models", url_path="models"),
            st.Page(guide.show, title="How to read a report", url_path="guide"),
        ],
        position="top",
    )
    page.run()


main()
