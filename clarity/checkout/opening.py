"""The checkout of an installation."""

import httpx

from clarity import clock
from clarity.billing.pdf import Seller
from clarity.billing.service import Taxes
from clarity.checkout.bills import Bills
from clarity.checkout.desk import Counter, Desk
from clarity.checkout.relay import Relay
from clarity.checkout.words import Witness
from clarity.clock import Clock
from clarity.database import Database
from clarity.payments.events import Events
from clarity.payments.paypal.api import PayPal
from clarity.payments.paypal.connection import PAUSES, Connection
from clarity.payments.paypal.signatures import Signatures
from clarity.payments.till import Till
from clarity.settings import Settings

TIMEOUT = httpx.Timeout(20.0, connect=5.0)


def open_desk(
    settings: Settings, *, now: Clock = clock.now, witness: Witness | None = None
) -> Desk:
    """Desk of an installation. Connects to nothing yet.

    Args:
        settings: of the installation.
        now: the present moment.
        witness: is told what happens with an account's money, for its record.
    """
    payments = Database(settings.database("payments"), package="clarity.payments")
    books = Database(settings.database("billing"), package="clarity.billing")
    counter = None
    if settings.takes_payments:
        http = httpx.Client(base_url=settings.paypal, timeout=TIMEOUT)
        counter = open_counter(settings, payments, http, now=now)
    taxes = Taxes(basis_points=settings.tax_basis_points)
    return Desk(
        payments,
        books,
        counter=counter,
        relay=Relay(payments, books, taxes=taxes, clock=now, witness=witness),
        secret=settings.secret_key.get_secret_value(),
        mode=settings.paypal_mode,
        page=settings.page,
        bills=Bills(books, seller(settings), settings.invoice_prefix),
        clock=now,
    )


def open_counter(
    settings: Settings,
    payments: Database,
    http: httpx.Client,
    *,
    now: Clock,
    pauses: tuple[float, ...] = PAUSES,
) -> Counter:
    """What takes money, over a given connection to PayPal."""
    connection = Connection(
        http,
        client_id=settings.paypal_client_id,
        client_secret=settings.paypal_client_secret,
        pauses=pauses,
    )
    paypal = PayPal(connection)
    till = Till(payments, paypal, now)
    return Counter(
        till=till,
        events=Events(payments, paypal, till.settlement, now),
        signatures=Signatures(http, webhook_id=settings.paypal_webhook_id, now=now),
    )


def seller(settings: Settings) -> Seller:
    """Who issues the bills of an installation."""
    return Seller(
        name=settings.seller_name,
        address=[line.strip() for line in settings.seller_address.split("|") if line.strip()],
        tax_number=settings.seller_tax_number,
        tax_name=settings.tax_name,
        font=settings.invoice_font,
    )
