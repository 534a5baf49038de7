"""The page and its server. Start it with `python -m streamlit run apps/scanner/app.py`."""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from apps.scanner.doors import SESSION, BrowserCookie, StrictTransport, routes

app = App(
    Path(__file__).with_name("frame.py"),
    routes=routes(SESSION),
    middleware=[Middleware(StrictTransport), Middleware(BrowserCookie)],
)
