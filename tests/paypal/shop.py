"""The real checkout against the protocol without a socket, for thousands of sequences."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from clarity.billing.service import Taxes
from clarity.checkout.bills import Bills
from clarity.checkout.desk import Counter, Desk
from clarity.checkout.opening import seller
from clarity.checkout.relay import Relay
from clarity.database import Database
from clarity.payments.events import Events
from clarity.payments.paypal.api import PayPal
from clarity.payments.paypal.connection import Connection, ProviderRefused, ProviderUnreachable
from clarity.payments.paypal.signatures import Signatures
from clarity.payments.till import Till
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


NOWHERE = httpx.Client(base_url="https://paypal.test")


class StraightConnection(Connection):
    """Asks the protocol itself: what HTTP and tokens do is tested over a socket."""

    def __init__(self, protocol: Protocol, around_call: Callable[[], None]) -> None:
        super().__init__(NOWHERE, client_id="", client_secret=SecretStr(""))
        self._protocol = protocol
        self._around_call = around_call

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        self._around_call()
        number = options.get("headers", {}).get("PayPal-Request-Id")
        answer = self._protocol.carry_out(
            method, path, options.get("params") or {}, options.get("json"), number
        )
        self._around_call()
        if answer.status >= 500:
            raise ProviderUnreachable("PayPal is down.")
        if answer.status >= 400:
            links = tuple(link["href"] for link in answer.content.get("links", ()))
            details = answer.content.get("details", [{}])
            raise ProviderRefused(details[0].get("issue", "?"), answer.status, links)
        return answer.content or {}


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
        now = self._now
        paypal = PayPal(StraightConnection(self.protocol, self._around_call))
        till = Till(self.payments, paypal, now)
        counter = Counter(
            till=till,
            events=Events(self.payments, paypal, till.settlement, now),
            signatures=Signatures(NOWHERE, webhook_id=WEBHOOK_ID, now=now),
        )
        taxes = Taxes(basis_points=self.settings.tax_basis_points)
        return Desk(
            self.payments,
            self.books,
            counter=counter,
            relay=Relay(self.payments, self.books, taxes=taxes, clock=now),
            secret="s" * 32,
            mode="sandbox",
            page="https://clarity.example",
            bills=Bills(self.books, seller(self.settings), "CL-"),
            clock=now,
        )

    def _now(self) -> datetime:
        return self.world.now
