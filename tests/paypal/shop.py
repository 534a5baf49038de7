"""The real checkout against the protocol without a socket, for thousands of sequences."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from clarity.billing.service import Taxes
from clarity.checkout.desk import Desk
from clarity.checkout.opening import open_counter
from clarity.checkout.relay import Relay
from clarity.database import Database
from clarity.settings import Settings
from tests.paypal.protocol import CLIENT_ID, CLIENT_SECRET, Protocol
from tests.paypal.server import WEBHOOK_ID
from tests.paypal.world import World

START = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def paying_settings(home: Path, **more: object) -> Settings:
    given = {
        "home": home,
        "paypal_client_id": CLIENT_ID,
        "paypal_client_secret": CLIENT_SECRET,
        "paypal_webhook_id": WEBHOOK_ID,
    }
    return Settings.model_validate({**given, **more})


class Shop:
    """A desk whose PayPal is the protocol itself, and whose clock is PayPal's.

    Args:
        settings: of the installation.
        payments, books: databases with their tables.
        before_call: called before each request, and again after its answer.
    """

    def __init__(
        self,
        settings: Settings,
        payments: Database,
        books: Database,
        *,
        around_call: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = World(START)
        self.protocol = Protocol(self.world)
        self.settings = settings
        self.payments = payments
        self.books = books
        self._around_call = around_call
        self.desk = self.new_desk()

    def new_desk(self) -> Desk:
        """A desk without memory, as after a crash."""
        transport = httpx.MockTransport(self._respond)
        http = httpx.Client(base_url="https://paypal.test", transport=transport)
        now = self._now
        counter = open_counter(self.settings, self.payments, http, now=now, pauses=())
        taxes = Taxes(basis_points=self.settings.tax_basis_points)
        return Desk(
            self.payments,
            self.books,
            counter=counter,
            relay=Relay(self.payments, self.books, taxes=taxes, clock=now),
            secret="s" * 32,
            mode="sandbox",
            page="https://clarity.example",
            prefix="CL-",
            clock=now,
        )

    def _now(self) -> datetime:
        return self.world.now

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self._around_call()
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.protocol.answer(request.method, str(request.url), headers, request.read())
        self._around_call()
        return httpx.Response(answer.status, json=answer.content)
