"""Pure decisions of the payment service."""

import calendar
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from clarity.payments.messages import SubscriptionState

LIVE = frozenset({SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED})
PENDING = frozenset({SubscriptionState.CREATED, SubscriptionState.APPROVAL_PENDING})
UNAGREED = PENDING | {SubscriptionState.ABANDONED}
ENDED = frozenset({SubscriptionState.CANCELLED, SubscriptionState.EXPIRED})

APPROVAL_LIFE = timedelta(hours=3)
"""How long an owner may take to agree (PayPal's own limit) before the wish is given up."""
SUSPENDED_LIFE = timedelta(days=14)
"""How long a suspended subscription waits to be paid before it is cancelled."""

SKEW = timedelta(minutes=10)
"""The provider's clock may lag behind ours by so much."""
RECENT = timedelta(days=31)
"""For so long an ended subscription is still looked at: what it charged may be news."""


def add_months(moment: datetime, months: int) -> datetime:
    """The same day `months` later, or the month's last where it has no such day."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def month_of(anchor: datetime, moment: datetime) -> tuple[datetime, datetime]:
    """The subscription month around `moment`: its first day and the day after its last.

    Counted in whole days (UTC): providers charge at an hour of their own choice.
    """
    first = midnight(anchor)
    index = max(0, (moment.year - first.year) * 12 + moment.month - first.month - 1)
    while add_months(first, index + 1) <= moment:
        index += 1
    return add_months(first, index), add_months(first, index + 1)


def midnight(moment: datetime) -> datetime:
    """The first moment of its day in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def is_wanted(paid_at: datetime, unwanted_from: datetime | None) -> bool:
    """Whether a charge ought to have been made."""
    return unwanted_from is None or paid_at < unwanted_from


def is_fee(paid_at: datetime, *, fee_minor: int, starts_at: datetime | None) -> bool:
    """Whether a charge is the one at the agreement, and no month's price."""
    return fee_minor > 0 and starts_at is not None and paid_at < starts_at


def scoped_key(secret: str, account: str, use: str, key: str) -> str:
    """An idempotency key as it is stored: bound to account and use, telling neither."""
    text = f"{account}\x00{use}\x00{key}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def request_digest(*parts: str) -> str:
    """SHA-256 in hex of what is asked for: tells a repetition from another request."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
