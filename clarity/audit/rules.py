"""The chain: every line carries the digest of the line before."""

import hashlib
import json
from datetime import UTC, datetime

START = "0" * 64
"""What the first line follows."""


def entry_digest(
    *,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: str,
    previous: str,
) -> str:
    """SHA-256 in hex of a line; JSON keeps fields from running into one another."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [number, moment, actor, action, subject, detail, previous]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).hexdigest()
