"""The cashier: takes up lost steps of payments, and compares with PayPal, in the background."""

import threading
import time
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.checkout.desk import Desk
from clarity.checkout.opening import open_desk
from clarity.errors import ClarityError
from clarity.rounds import Rounds
from clarity.settings import Settings
from deployments.logs import open_logs
from deployments.rest.members import open_members

log = structlog.get_logger("clarity.cashier")

TEND_SECONDS = 20.0
WINDOW = timedelta(days=4)
"""PayPal delivers an event for three days; what it could not is looked for a day longer."""


class CashierReplica:
    """One thread; nobody calls it. Killed, or doubled, it loses and spoils nothing."""

    def __init__(self, settings: Settings) -> None:
        open_logs(settings, "cashier")
        desk = open_desk(settings, witness=open_members(settings).witness)
        work = partial(run, desk, pause=settings.reconcile_minutes * 60)
        self._rounds = Rounds("cashier", work).start()

    def check_health(self) -> None:
        """Asked by Serve, which replaces the replica when this raises."""
        if not self._rounds.is_going():
            raise RuntimeError("the cashier's thread has died")

    def __del__(self) -> None:
        self._rounds.close()


def run(
    desk: Desk, stop: threading.Event, *, pause: float, tend_seconds: float = TEND_SECONDS
) -> None:
    """Tend the desk until stopped.

    Args:
        desk: of the installation.
        stop: ends it.
        pause: seconds between two comparisons with PayPal; the first is made at once.
        tend_seconds: between two looks for lost steps.
    """
    compare_at = time.monotonic()
    while not stop.is_set():
        try:
            desk.tend()
            if time.monotonic() >= compare_at:
                missed = desk.reconcile(window=WINDOW)
                log.info("compared", missed=missed)
                compare_at = time.monotonic() + pause
        except (ClarityError, SQLAlchemyError) as error:
            # PayPal or a database is away; the next round finds everything as it was left.
            words = error.message if isinstance(error, ClarityError) else type(error).__name__
            log.warning("tending-later", reason=words)
        stop.wait(tend_seconds)
