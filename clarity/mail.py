"""Letters by SMTP, or into a folder where no mail server is set up."""

import smtplib
import ssl
import time
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import ClassVar, Protocol
from urllib.parse import unquote, urlsplit

from clarity.errors import ClarityError

TIMEOUT_SECONDS = 20.0
SCHEMES = ("smtp", "smtps")


class MailFailed(ClarityError):
    """A letter could not be handed to the mail server."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "mail-failed"
    hint = "Check CLARITY_SMTP_URL and the mail server; the letter is tried again by itself."


class BadMailAddress(ClarityError):
    """The address of the mail server cannot be read."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "bad-smtp-url"
    hint = "Set CLARITY_SMTP_URL to smtps://user:password@host:465 or smtp://host:587."


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter in plain text."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    def send(self, letter: Letter) -> None:
        """Hand the letter over; raises `MailFailed`."""
        ...


class SmtpMailer:
    """Sends by SMTP.

    Args:
        url: `smtps://user:password@host:465` (TLS from the start) or `smtp://host:587`
            (STARTTLS where the server offers it; with a user it must).
        sender: the From header.

    Raises:
        BadMailAddress: the URL is none of these.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise BadMailAddress("The address of the mail server is not smtp:// or smtps://.")
        self._host, self._tls = parts.hostname, parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Hand the letter over; raises `MailFailed`."""
        try:
            with self._connect() as server:
                server.send_message(message(letter, self._sender))
        except (OSError, smtplib.SMTPException) as error:
            # The server's words may repeat the address: only their kind is told.
            raise MailFailed(f"The mail server failed ({type(error).__name__}).") from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif self._user:
                server.close()
                raise MailFailed("The mail server offers no TLS, so it gets no password.")
        if self._user:
            server.login(self._user, self._password)
        return server


class FolderMailer:
    """Writes every letter into a folder: for development, where there is no mail server."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = message(letter, self._sender)
        path = self._folder / f"{time.time_ns()}-{uuid.uuid4().hex[:6]}.eml"
        path.write_bytes(content.as_bytes())


def message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it travels. A line break in a header is refused by the library."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, letter.to, letter.subject
    made["Date"], made["Message-ID"] = formatdate(), make_msgid(domain="clarity.invalid")
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    return made
