"""Conditional requests (RFC 9110, section 13): no update is made of what one has not seen."""

import re
from typing import ClassVar

from clarity.errors import ClarityError

_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')


class PreconditionMissing(ClarityError):
    """The request does not say which version it changes."""

    status: ClassVar[int] = 428
    code: ClassVar[str] = "precondition-missing"
    hint = 'Send the version that you had as If-Match, such as If-Match: "3"; "0" at first.'


def etag(version: int) -> str:
    """A version as an entity tag."""
    return f'"{version}"'


def version_of(if_match: str | None) -> int:
    """The version that an `If-Match` header names; raises `PreconditionMissing`."""
    found = _VERSION.fullmatch((if_match or "").strip())
    if found is None:
        raise PreconditionMissing("Which version do you change?")
    return int(found[1])
