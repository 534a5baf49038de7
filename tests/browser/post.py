"""A mail server for the tests that asks for TLS and a password."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from tests.mailbox import Mailbox
from tests.running import free_port

HOST, USER = "127.0.0.1", "clarity"


@contextmanager
def secure_mailbox(certificate: Path, password: str) -> Iterator[Mailbox]:
    """A mail server with TLS that takes letters of one user only.

    Args:
        certificate: PEM file that is written for clients to trust; the key lies beside it.
        password: of the user.
    """

    def known(server, session, envelope, mechanism, data) -> AuthResult:
        right = LoginPassword(USER.encode(), password.encode())
        return AuthResult(success=data == right)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, _write_certificate(certificate))
    port = free_port()
    kept = Mailbox(port)
    kept.url = f"smtps://{USER}:{password}@{HOST}:{port}"
    controller = Controller(
        kept,
        hostname=HOST,
        port=port,
        ssl_context=context,
        authenticator=known,
        auth_required=True,
        # It knows of no other TLS than STARTTLS; here there is nothing before TLS.
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


def _write_certificate(path: Path) -> Path:
    """Write a certificate for this machine; gives the file of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of the tests")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    certificate = builder.add_extension(names, critical=False).sign(key, SHA256())
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = path.with_suffix(".key")
    secret.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    return secret
