"""A mail server on this machine that keeps the letters it is given."""

import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.certificates import certificate
from tests.running import free_port

HOST, USER = "127.0.0.1", "clarity"
LETTER_SECONDS = 20


class Mailbox:
    """Takes letters in as a mail server does.

    Attributes:
        letters: every one so far, oldest first.
        port: it listens on.
        url: as `CLARITY_SMTP_URL` has it.
    """

    def __init__(self, port: int) -> None:
        self.letters: list[Message] = []
        self.port = port
        self.url = f"smtp://{HOST}:{port}"
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
    with _listening(kept):
        yield kept


@contextmanager
def secure_mailbox(folder: Path, password: str) -> Iterator[tuple[Mailbox, Path]]:
    """One with TLS that takes letters of one user only, and its certificate, to be trusted.

    Args:
        folder: where the certificate is written.
        password: of the user.
    """

    def known(server, session, envelope, mechanism, data) -> AuthResult:
        right = LoginPassword(USER.encode(), password.encode())
        return AuthResult(success=data == right)

    trusted, key = certificate(folder, host="mail.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, key)
    kept = Mailbox(free_port())
    kept.url = f"smtps://{USER}:{password}@{HOST}:{kept.port}"
    # It knows of no other TLS than STARTTLS; here there is nothing before TLS.
    guarded = {"authenticator": known, "auth_required": True, "auth_require_tls": False}
    with _listening(kept, ssl_context=context, **guarded):
        yield kept, trusted


@contextmanager
def _listening(kept: Mailbox, **options: object) -> Iterator[None]:
    controller = Controller(kept, hostname=HOST, port=kept.port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()
