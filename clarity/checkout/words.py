"""What happened with money, in one sentence for the customer's own record."""

from collections.abc import Callable
from dataclasses import dataclass

from clarity.billing.messages import (
    Entry,
    Received,
    ReceivedInError,
    Renewal,
    Returned,
    SentOut,
    Unpaid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Attributes:
    account: whom it concerns.
    subject: identifier of the payment, refund, payout or subscription.
    words: one sentence.
    once_key: the same remark made twice has the same one.
    """

    account: str
    subject: str
    words: str
    once_key: str


Witness = Callable[[Remark], None]
"""Is told every remark at least once; the same `once_key` is to be kept once."""


def remark(number: int, entry: Entry) -> Remark:
    """The remark on a message of the outbox."""
    subject, words = _sentence(entry)
    return Remark(account=entry.account, subject=subject, words=words, once_key=f"money-{number}")


def _sentence(entry: Entry) -> tuple[str, str]:
    match entry:
        case Received():
            return entry.payment, f"You paid {entry.amount}: {entry.text}."
        case ReceivedInError():
            return entry.payment, f"{entry.amount} was charged by mistake and is refunded."
        case Returned():
            return entry.refund, f"{entry.amount} was refunded to you."
        case Unpaid():
            return entry.source, f"{entry.amount} could not be charged: {entry.text}."
        case SentOut():
            return entry.payout, f"{entry.amount} was paid out to you."
        case Renewal(ended=True):
            return entry.source, f"Your subscription has ended: {entry.text}."
        case Renewal(due_at=None):
            return entry.source, f"Your subscription is paused: {entry.text}."
        case Renewal():
            day = f"{entry.due_at:%Y-%m-%d}"
            return entry.source, f"Your subscription renews on {day} for {entry.price}."
