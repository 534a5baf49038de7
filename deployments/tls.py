"""TLS by two settings: the certificate of the service and of the page, and its key."""

import ssl
from typing import ClassVar

from clarity.errors import ClarityError
from clarity.settings import Settings


class CertificateUnusable(ClarityError):
    """The certificate or its key cannot be used."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "certificate-unusable"
    hint = (
        "CLARITY_TLS_CERTIFICATE names a PEM file with the certificate first and its chain behind "
        "it, CLARITY_TLS_KEY one with its key, without a passphrase."
    )


def need_certificate(settings: Settings) -> None:
    """Say now what replicas would only fail over: raises `CertificateUnusable`."""
    if settings.tls_certificate is None:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A passphrase would be asked for at the terminal, by every process.
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password=lambda: "")
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise CertificateUnusable(f"TLS cannot be switched on: {why}.") from error


def own_trust(settings: Settings) -> ssl.SSLContext | bool:
    """How this machine's own probes know the service: by its very certificate.

    It is made out to the public name, and they call it by a local address.
    """
    if settings.tls_certificate is None:
        return True
    context = ssl.create_default_context(cafile=str(settings.tls_certificate))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = False
    return context
