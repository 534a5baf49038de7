"""The pages of plans, checkout and bills, run by Streamlit against the real gateway."""

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from apps.credentials import Credentials
from apps.scanner import session
from tests.paypal.server import Server, Signer
from tests.served import served

from .paying import ADA, Paying


@pytest.fixture
def shop(tmp_path, monkeypatch):
    with Server(datetime(2026, 1, 15, 9, 30, tzinfo=UTC), Signer()) as paypal:
        shop = Paying(tmp_path / "home", paypal)
        with served(shop.app) as url:
            monkeypatch.setenv("CLARITY_GATEWAY_URL", url)
            session._connections.clear()
            yield shop
        session._connections.clear()
        shop.close()


def come_as(monkeypatch, token):
    """Cookie and address are the parts that need a browser."""
    gateway = session._connections().signed(Credentials(token))
    monkeypatch.setattr(session, "token", lambda: token)
    monkeypatch.setattr(session, "gateway", lambda: gateway)


@pytest.fixture
def logged_in(shop, monkeypatch):
    come_as(monkeypatch, shop.logged_in[ADA].token)


def page(view, **query):
    def script(view):
        import importlib

        importlib.import_module(f"apps.scanner.views.{view}").show()

    app = AppTest.from_function(script, default_timeout=60, args=(view,))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def button(app, label):
    (found,) = [button for button in app.button if button.label == label]
    return found


def words(app):
    parts = [*app.markdown, *app.info, *app.success, *app.warning, *app.caption, *app.subheader]
    return " ".join(
        [*(part.value for part in parts), *(part.proto.body for part in app.get("html"))]
    )


def test_a_stranger_sees_the_plans_and_nothing_to_press(shop, monkeypatch):
    come_as(monkeypatch, "")
    app = page("plans")
    for needed in (
        "Free",
        "Basic",
        "Plus",
        "Pro",
        "<strong>10.00 USD</strong>a month",
        "Every deployed model: 1 of 6 today",
        "without limit",
    ):
        assert needed in words(app)
    assert list(app.button) == []
    assert "not logged in" in words(page("checkout", subscription="x"))


@pytest.mark.usefixtures("logged_in")
def test_from_the_plan_to_paypal_and_back_to_the_bill(shop):
    app = page("plans")
    button(app, "Take Plus").click().run()
    assert "6.00 USD now**, and then every month" in words(app)
    button(app, "Agree at PayPal").click().run()
    world = shop.server.world
    (agreement,) = world.agreements.values()
    assert f'href="{world.page}/agree?ba_token={agreement.id}"' in words(app)
    waiting = page("checkout", subscription=agreement.own_id)
    assert "nothing was charged" in words(waiting)
    world.agree(agreement.id)
    assert "Your plan is Plus" in words(page("checkout", subscription=agreement.own_id))
    bills = page("bills")
    assert "CL-000001" in words(bills)
    assert "6.00 USD, paid" in words(bills)
    assert "Next: 6.00 USD on 15 February 2026" in words(bills)
    plans = page("plans")
    assert "<strong>Plus</strong> Renews on 15 February 2026 for 6.00 USD." in words(plans)
    button(plans, "Take Pro").click().run()
    assert "The new plan begins at once" in words(plans)
    button(plans, "Cancel the subscription").click().run()
    assert agreement.status == "CANCELLED"


@pytest.mark.usefixtures("logged_in")
def test_errors_are_told_with_their_hint(shop):
    assert "no such subscription" in words(page("checkout", subscription="nobody"))
    shop.server.protocol.down = True
    app = page("plans")
    button(app, "Take Plus").click().run()
    button(app, "Agree at PayPal").click().run()
    assert not app.exception
    assert "nothing is charged twice" in words(app)
