"""A mail server on this machine that keeps the letters it is given."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default

from aiosmtpd.controller import Controller

from tests.running import free_port

LETTER_SECONDS = 20


class Mailbox:
    """Takes letters in as a mail server does.

    Attributes:
        letters: every one so far, oldest first.
        url: as `CLARITY_SMTP_URL` has it.
    """

    def __init__(self, port: int) -> None:
        self.letters: list[Message] = []
        self.url = f"smtp://127.0.0.1:{port}"
        self.came = threading.Event()

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        self.came.set()
        return "250 OK"

    def link(self) -> str:
        """Path and query of the link in the last letter."""
        assert self.came.wait(10)
        self.came.clear()
        return re.findall(r"http://[^/\s]+(/\S+)", self.letters[-1].get_content())[0]

    def wait_for(self, email: str, words: str) -> str:
        """The text of a letter to an address that has these words in its subject."""
        until = time.monotonic() + LETTER_SECONDS
        while time.monotonic() < until:
            for letter in self.letters:
                if letter["To"] == email and words in str(letter["Subject"]):
                    return letter.get_content()
            time.sleep(0.1)
        raise AssertionError([(one["To"], one["Subject"]) for one in self.letters])


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Listens while the block runs."""
    kept = Mailbox(free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=int(kept.url.rsplit(":", 1)[1]))
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()
