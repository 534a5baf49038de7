"""The experts' page and its server: `python -m streamlit run apps/review/app.py`."""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from apps.scanner.doors import EXPERT_SESSION, BrowserCookie, StrictTransport, routes

app = App(
    Path(__file__).with_name("frame.py"),
    routes=routes(EXPERT_SESSION),
    middleware=[Middleware(StrictTransport), Middleware(BrowserCookie)],
)
