"""Pure decisions of the account service."""

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from clarity.accounts.messages import Role
from clarity.errors import ClarityError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
FEWEST_DIFFERENT = 5
KEY_PREFIX = "clarity_"
KEY_START = len(KEY_PREFIX) + 6


class WeakPassword(ClarityError):
    """The password is too easy to guess."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "weak-password"
    hint = "Take 10 to 128 characters, best of all four words that do not belong together."


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRules:
    """How long things last, and how patient the service is.

    Attributes:
        session: life of a login.
        confirmation: life of the link that confirms an address.
        reset: life of the link that sets a new password.
        free_failures: wrong passwords before the first lock.
        first_lock: its length; every further failure doubles it.
        longest_lock: never longer than this.
        forget_failures: failures older than this count no more.
        forget_unconfirmed: accounts that nobody confirmed are deleted after this.
        administrators: addresses whose accounts become administrators when confirmed.
    """

    session: timedelta = timedelta(days=14)
    confirmation: timedelta = timedelta(days=2)
    reset: timedelta = timedelta(hours=1)
    free_failures: int = 5
    first_lock: timedelta = timedelta(seconds=30)
    longest_lock: timedelta = timedelta(minutes=15)
    forget_failures: timedelta = timedelta(days=1)
    forget_unconfirmed: timedelta = timedelta(days=7)
    administrators: frozenset[str] = frozenset()


def normal_email(email: str) -> str:
    """One spelling of an address: without surrounding space, in lower case."""
    return email.strip().lower()


def check_password(password: str, email: str = "") -> None:
    """Raise `WeakPassword` unless it may be used. Length counts, not kinds of characters."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; "
            f"this one has {len(password)}."
        )
    if len(set(password.lower())) < FEWEST_DIFFERENT:
        raise WeakPassword("This password repeats too few different characters.")
    name = normal_email(email).partition("@")[0]
    if name and password.lower() in (name, normal_email(email), name * 2):
        raise WeakPassword("This password is your e-mail address.")


def lock_after(failures: int, rules: AccountRules) -> timedelta | None:
    """How long logins are refused after so many failures in a row; None: not at all."""
    over = failures - rules.free_failures
    if over < 0:
        return None
    return min(rules.first_lock * 2 ** min(over, 16), rules.longest_lock)


def role_of_new(email: str, rules: AccountRules) -> Role:
    """Role of an account at the moment its address is confirmed."""
    return Role.ADMINISTRATOR if email in rules.administrators else Role.CUSTOMER


def may_enter_as(wanted: Role, role: Role) -> bool:
    """Whether an account of `role` may come in as `wanted`."""
    return wanted is Role.CUSTOMER or role in (wanted, Role.ADMINISTRATOR)


def new_token() -> str:
    """256 random bits, as text for a header or a link."""
    return secrets.token_urlsafe(32)


def new_key() -> str:
    """An API key: the prefix lets secret scanners find one that was published by mistake."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """SHA-256 in hex, as a token is stored.

    A fast digest is enough for 256 random bits. Looking it up by an index tells by its time
    at most something about the digest, and nothing about the token.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_digest(secret: str, purpose: str, value: str) -> str:
    """HMAC-SHA-256 in hex: recognises a value again without keeping it."""
    text = f"{purpose}\x00{value}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def address_unit(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address.

    Raises:
        ValueError: this is no address.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def is_over(moment: datetime | None, now: datetime) -> bool:
    """Whether a term has ended; one that was never set has not."""
    return moment is not None and moment <= now
