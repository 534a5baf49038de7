"""Calls over a real TLS connection to a receiver on this machine; and those not made at all."""

import hashlib
import hmac
import http.server
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from clarity.database import Database
from clarity.webhooks import service
from clarity.webhooks.caller import BadWebhook, Caller, checked_address
from clarity.webhooks.messages import Event
from clarity.webhooks.rules import GIVEN_UP, pause, signature

HOST = "hooks.example.org"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = Event(id="case-1", event="case.settled", at=NOW, data={"state": "settled"})


class Receiver:
    """What a customer runs: notes every call, answers as told."""

    def __init__(self, folder):
        self.calls, self.status = [], 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Location", "https://127.0.0.1/inside")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.certificate = _certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def dial(self, address, timeout):
        assert address == ("93.184.215.14", 443), "the very address that was checked"
        return socket.create_connection(self.server.server_address, timeout)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def _certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


class Office:
    """A database of webhooks with one in it, and a caller whose clock can be moved."""

    def __init__(self, folder, receiver, *, addresses=("93.184.215.14",)):
        self.now = NOW
        self.database = Database(f"sqlite:///{folder}/w.sqlite", package="clarity.webhooks")
        self.database.upgrade()
        context = ssl.create_default_context(cafile=str(receiver.certificate))
        self.caller = Caller(
            self.database,
            lambda hook: f"secret of {hook}",
            clock=lambda: self.now,
            resolve=lambda host, port: addresses,
            dial=receiver.dial,
            context=context,
        )
        with self.database.write() as session:
            url = f"https://{HOST}/clarity?who=me"
            self.hook = service.add(session, "ann", url, now=NOW).id

    def tell(self):
        with self.database.write() as session:
            service.tell(session, "ann", EVENT, now=self.now)

    def shown(self):
        with self.database.read() as session:
            return service.listed(session, "ann")[0]


@pytest.fixture
def receiver(tmp_path):
    made = Receiver(tmp_path)
    yield made
    made.close()


@pytest.fixture
def office(tmp_path, receiver):
    made = Office(tmp_path, receiver)
    yield made
    made.database.close()


def test_a_call_carries_the_event_and_a_signature_that_can_be_checked(office, receiver):
    office.tell()
    office.tell()  # a crash told it twice
    assert office.caller.call_one()
    assert not office.caller.call_one()
    ((path, headers, body),) = receiver.calls
    assert path == "/clarity?who=me"
    assert json.loads(body)["data"] == {"state": "settled"}
    assert headers["Clarity-Event"] == "case-1"
    seconds = int(headers["Clarity-Signature"].split(",")[0][2:])
    right = hmac.new(
        f"secret of {office.hook}".encode(), f"{seconds}.".encode() + body, hashlib.sha256
    ).hexdigest()
    assert headers["Clarity-Signature"] == f"t={seconds},v1={right}"
    assert (office.shown().last_outcome, office.shown().waiting) == ("HTTP 200", 0)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_call_that_is_not_taken_is_made_again_later_and_no_redirect_followed(
    office, receiver, status
):
    receiver.status = status
    office.tell()
    assert office.caller.call_one()
    assert not office.caller.call_one(), "not at once"
    assert office.shown().last_outcome == f"HTTP {status}"
    office.now = NOW + pause(1)
    receiver.status = 204
    assert office.caller.call_one()
    assert office.shown().waiting == 0
    assert len(receiver.calls) == 2


def test_after_three_days_it_is_given_up(office, receiver):
    receiver.status = 500
    office.tell()
    office.caller.call_one()
    office.now = NOW + GIVEN_UP + timedelta(minutes=1)
    office.caller.call_one()
    assert office.shown().waiting == 0
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1"])
def test_a_name_that_leads_inside_is_never_called(tmp_path, receiver, address):
    office = Office(tmp_path, receiver, addresses=("93.184.215.14", address))
    office.tell()
    assert office.caller.call_one()
    assert receiver.calls == []
    assert "private address" in office.shown().last_outcome


def test_a_certificate_of_somebody_else_is_not_trusted(tmp_path, receiver):
    office = Office(tmp_path, receiver)
    office.caller._context = ssl.create_default_context()
    office.tell()
    assert office.caller.call_one()
    assert receiver.calls == []
    assert "SSLCertVerificationError" in office.shown().last_outcome


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://intranet/x",
        "https://2130706433/x",
        "https://user:word@example.org/x",
        "https://example.org:8443/x",
        "ftp://example.org",
        "https://exa mple.org",
        "",
    ],
)
def test_what_is_not_a_public_https_address_is_refused(url):
    with pytest.raises(BadWebhook):
        checked_address(url)


def test_a_good_address_is_taken_as_it_is():
    assert checked_address(" https://example.org/a?b=c ") == "https://example.org/a?b=c"


def test_a_signature_is_of_time_and_body():
    assert signature("s", 1, b"{}") != signature("s", 2, b"{}")
    assert signature("s", 1, b"{}") != signature("t", 1, b"{}")
