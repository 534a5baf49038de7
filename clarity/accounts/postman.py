"""Sends the letters that wait, one at a time, in a thread of its own."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.accounts import letters
from clarity.clock import Clock, now
from clarity.database import Database
from clarity.errors import ClarityError
from clarity.mail import Letter, Mailer
from clarity.rounds import Rounds

IDLE_SECONDS = 1.0

log = structlog.get_logger("clarity.mail")


class Postman(Rounds):
    """Safe beside other postmen: a letter is taken by one of them, and again if it died.

    A crash between sending and forgetting sends a letter twice, which harms nobody.
    """

    def __init__(self, database: Database, mailer: Mailer, *, clock: Clock = now) -> None:
        super().__init__("postman", self._run)
        self._database = database
        self._mailer = mailer
        self._clock = clock

    def send_one(self) -> bool:
        """Send the oldest letter; False when none is due.

        Raises:
            ClarityError: it could not be sent; it is due again in a while.
        """
        with self._database.read() as session:
            if not letters.is_due(session, now=self._clock()):
                return False
        with self._database.write() as session:
            row = letters.take(session, now=self._clock())
        if row is None or row.id is None:
            return False
        self._mailer.send(Letter(to=row.recipient, subject=row.subject, text=row.body))
        with self._database.write() as session:
            letters.sent(session, row.id)
        return True

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                busy = self.send_one()
            except (ClarityError, SQLAlchemyError, OSError) as error:
                # Never the letter: it carries an address and a link.
                log.error("letter-not-sent", error=type(error).__name__)
                busy = False
            if not busy:
                stop.wait(IDLE_SECONDS)
