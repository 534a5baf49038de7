"""Pure decisions about webhooks: signatures, and when a failed call is made again."""

import hashlib
import hmac
from datetime import timedelta

PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))
"""Before each new call; the last one again and again."""
GIVEN_UP = timedelta(days=3)


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Value of the header `Clarity-Signature`.

    Args:
        secret: of the webhook.
        seconds: since 1970, of the call; a receiver refuses old ones.
        body: of the call.
    """
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def pause(attempts: int) -> timedelta:
    """How long to wait after so many calls that failed."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
