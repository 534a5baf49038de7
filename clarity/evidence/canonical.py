"""One way to write a document down, so that it has one digest (RFC 8785)."""

import hashlib
import json
from typing import Any, ClassVar

import rfc8785
from pydantic import BaseModel

from clarity.errors import ClarityError


class NotCanonical(ClarityError):
    """The document holds something that JSON cannot say exactly."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "not-canonical"
    hint = "Numbers must be finite and whole numbers within 2^53; nothing else may be in there."


def canonical(document: BaseModel | Any) -> bytes:
    """Canonical JSON of a message or of parsed JSON.

    Raises:
        NotCanonical: a number is not finite or too large, or a value is not JSON.
    """
    if isinstance(document, BaseModel):
        # by way of text, so that a message and what a client parsed of it are the same
        document = json.loads(document.model_dump_json())
    try:
        return rfc8785.dumps(document)
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(f"This cannot be written down exactly: {error}.") from error


def digest_of(document: BaseModel | Any) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical(document)).hexdigest()
