"""Webhooks: is it PayPal that speaks, to us, unaltered?

PayPal signs `transmission id | time | webhook id | CRC-32 of the body` with RSA and SHA-256
and names the certificate. It is checked here rather than by PayPal's own endpoint
(`verify-webhook-signature`): a forged event then costs no call of PayPal, a true one is not
lost while PayPal's interface is down, and the body is judged byte by byte as it came, where
the endpoint wants it parsed and written again.

What ties the certificate to PayPal is that it is read over TLS from the host of the
configured interface and from no other; the header only chooses among PayPal's own.
"""

import base64
import binascii
import re
import threading
import time
import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from clarity.errors import ClarityError
from clarity.payments.paypal.connection import ProviderUnreachable

ALGORITHM = "SHA256withRSA"
KEY_BITS = 2048
KEPT = 16
"""Certificates that are remembered."""
FETCHES, FETCH_SECONDS = 10, 600.0
"""So many certificates may be fetched in so many seconds: forged headers cost no more."""
CERTIFICATE_BYTES = 64 * 1024
_PATH = re.compile(r"/v1/notifications/certs/[A-Za-z0-9._-]{1,100}")


class ForgedEvent(ClarityError):
    """The event is not signed by PayPal for this service."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "forged-event"
    hint = "Only PayPal may call this address. The operator: check CLARITY_PAYPAL_WEBHOOK_ID."


class Signatures:
    """Checks events. Safe between threads.

    Args:
        http: client with PayPal's base URL.
        webhook_id: PayPal's identifier of the registered webhook.
        now: the present moment.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        webhook_id: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._webhook_id = webhook_id
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, x509.Certificate] = OrderedDict()
        self._fetched: deque[float] = deque(maxlen=FETCHES)

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise unless PayPal signed exactly this body for exactly this webhook.

        Args:
            headers: of the request, looked up in lower case.
            body: as it came, byte by byte.

        Raises:
            ForgedEvent: the signature, the certificate or its address is not PayPal's.
            ProviderUnreachable: the certificate cannot be fetched now; PayPal tries again.
        """
        if headers.get("paypal-auth-algo") != ALGORITHM:
            raise ForgedEvent("The event names no signature that is known.")
        if not self._webhook_id:
            raise ForgedEvent("No webhook is configured.")
        certificate = self._certificate(headers.get("paypal-cert-url", ""))
        if not certificate.not_valid_before_utc <= self._now() <= certificate.not_valid_after_utc:
            raise ForgedEvent("The certificate is not valid at this time.")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS:
            raise ForgedEvent("The certificate has no RSA key of sufficient length.")
        text = self._signed_text(headers, body)
        try:
            signature = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
            key.verify(signature, text, padding.PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise ForgedEvent("The signature is not PayPal's.") from error

    def _signed_text(self, headers: Mapping[str, str], body: bytes) -> bytes:
        number = headers.get("paypal-transmission-id", "")
        moment = headers.get("paypal-transmission-time", "")
        return f"{number}|{moment}|{self._webhook_id}|{zlib.crc32(body)}".encode()

    def _certificate(self, address: str) -> x509.Certificate:
        path = self._path(address)
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
            now = self._monotonic()
            if len(self._fetched) == FETCHES and now - self._fetched[0] < FETCH_SECONDS:
                raise ProviderUnreachable("Too many unknown certificates were named.")
            self._fetched.append(now)
            certificate = self._fetch(address)
            self._kept[path] = certificate
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return certificate

    def _path(self, address: str) -> str:
        """The path of a certificate's address, which must lie at the configured interface."""
        try:
            given = urlsplit(address)
            place = (given.scheme, given.hostname or "", given.port)
        except ValueError as error:
            raise ForgedEvent("The certificate's address cannot be read.") from error
        base = self._http.base_url
        # PayPal signs from api.paypal.com, whichever of its two names one calls.
        hosts = {base.host, base.host.replace("api-m.", "api.", 1)}
        allowed = {(base.scheme, host, base.port) for host in hosts}
        plain = not (given.query or given.fragment or given.username or given.password)
        if place not in allowed or not plain or not _PATH.fullmatch(given.path):
            raise ForgedEvent("The certificate does not lie at PayPal.")
        return given.geturl()

    def _fetch(self, address: str) -> x509.Certificate:
        try:
            response = self._http.get(address, follow_redirects=False)
        except httpx.TransportError as error:
            raise ProviderUnreachable("PayPal's certificate cannot be fetched.") from error
        if response.status_code >= 500:
            raise ProviderUnreachable("PayPal's certificate cannot be fetched.")
        if not response.is_success or len(response.content) > CERTIFICATE_BYTES:
            raise ForgedEvent("There is no certificate at this address.")
        try:
            return x509.load_pem_x509_certificate(response.content)
        except ValueError as error:
            raise ForgedEvent("What lies at this address is no certificate.") from error
