"""Time-based one-time passwords (RFC 6238), their secrets sealed while they are stored."""

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""So many steps a phone's clock may be wrong."""


class Seal:
    """Encrypts secrets with a key made of the installation's secret."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(b"clarity second factor\x00" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        return self._fernet.decrypt(sealed.encode()).decode()


def new_secret() -> str:
    return pyotp.random_base32()


def uri(secret: str, email: str) -> str:
    """What the QR code for an authenticator app says."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Clarity")


def accepted_step(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The time step that a code belongs to, or None when it is wrong.

    Args:
        secret: base32.
        code: six digits; spaces are passed over.
        now: the present.
        after: the last step that was used: a code counts once.
    """
    given = code.replace(" ", "").encode()
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        right = hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), given)
        if right and step > after:
            found = step
    return found
