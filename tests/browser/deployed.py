"""A whole installation as `clarity up` starts it, with a mail server and a PayPal of its own."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mailbox import HOST, Mailbox, secure_mailbox
from tests.paypal.protocol import CLIENT_ID, CLIENT_SECRET
from tests.paypal.server import WEBHOOK_ID, Server, Signer
from tests.running import Service, free_port, running, stop


@dataclass(slots=True)
class Deployed:
    """Attributes:
    page: its address.
    service: the running processes.
    temporary: folder of everything that is not kept: files in passing, Ray's own logs.
    post: where its letters arrive.
    paypal: where it takes payments.
    secrets: that no file of it may hold, by what they are.
    """

    page: str
    service: Service
    temporary: Path
    post: Mailbox
    paypal: Server
    secrets: dict[str, str]

    @property
    def home(self) -> Path:
        return self.service.home

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        stop(self.service.process, self.service.output)


@contextmanager
def deployed(folder: Path) -> Iterator[Deployed]:
    """Started and ready, in an empty folder."""
    with ExitStack() as stack:
        hidden = _secrets()
        password = hidden["password of the mail server"]
        post, certificate = stack.enter_context(secure_mailbox(folder, password))
        paypal = stack.enter_context(Server(None, Signer()))
        # Short: Ray makes sockets below it, whose paths have an end.
        temporary = Path(tempfile.mkdtemp(prefix="c"))
        stack.callback(shutil.rmtree, temporary, ignore_errors=True)
        page_port = free_port()
        ports = ["--app-port", str(page_port), "--review-port", str(free_port())]
        settings = {
            **_settings(hidden, paypal, mail=post.url),
            "RAY_AUTH_MODE": "disabled",
            "TMPDIR": str(temporary),
            "SSL_CERT_FILE": str(certificate),
        }
        service = stack.enter_context(running(folder / "home", *ports, settings=settings))
        paypal.deliver_to(f"{service.url}/v1/payments/events")
        yield Deployed(f"http://{HOST}:{page_port}", service, temporary, post, paypal, hidden)


def _secrets() -> dict[str, str]:
    return {
        "secret key": secrets.token_hex(32),
        "password of the mail server": secrets.token_hex(16),
        "PayPal's client secret": CLIENT_SECRET,
        "PayPal's access token": "A21AA-",
    }


def _settings(hidden: dict[str, str], paypal: Server, *, mail: str) -> dict[str, str]:
    settings = {
        "environment": "production",
        "secret_key": hidden["secret key"],
        "smtp_url": mail,
        "paypal_url": paypal.base,
        "paypal_client_id": CLIENT_ID,
        "paypal_client_secret": CLIENT_SECRET,
        "paypal_webhook_id": WEBHOOK_ID,
        "tax_basis_points": "1500",
        "seller_name": "Clarity Forensics",
        "seller_address": "Limmatquai 1|8001 Zürich|Switzerland",
        "seller_tax_number": "CHE-123.456.789",
    }
    return {f"CLARITY_{name.upper()}": value for name, value in settings.items()}
