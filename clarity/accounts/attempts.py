"""Logins that failed, and how long the next one must wait. Flushed here, not committed."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import delete
from sqlmodel import Session, col, select

from clarity.accounts.rules import AccountRules, lock_after
from clarity.accounts.tables import AttemptRow
from clarity.database import try_add
from clarity.errors import ClarityError


class LoginLocked(ClarityError):
    """Too many wrong passwords in a row.

    Attributes:
        retry_after: seconds until the next try.
    """

    status: ClassVar[int] = 429
    code: ClassVar[str] = "login-locked"
    hint = "Wait for the time in Retry-After, or set a new password by mail."

    def __init__(self, seconds: int) -> None:
        super().__init__("There were too many wrong passwords for this address.")
        self.retry_after = seconds


def count(session: Session, key: str, *, now: datetime, rules: AccountRules) -> None:
    """Count a login before its password is looked at, so that guesses side by side count.

    Raises:
        LoginLocked: there were too many; the same for addresses without an account.
    """
    row = _attempts(session, key, now)
    if row.locked_until is not None and row.locked_until > now:
        raise LoginLocked(int((row.locked_until - now).total_seconds()) + 1)
    if now - row.last_at > rules.forget_failures:
        row.failures = 0
    row.failures += 1
    row.last_at = now
    lock = lock_after(row.failures, rules)
    row.locked_until = now + lock if lock else None
    session.flush()


def forgive(session: Session, key: str) -> None:
    """The password was right: earlier failures count no more."""
    session.exec(delete(AttemptRow).where(col(AttemptRow.email_digest) == key))


def _attempts(session: Session, key: str, now: datetime) -> AttemptRow:
    query = select(AttemptRow).where(AttemptRow.email_digest == key).with_for_update()
    if (row := session.exec(query).first()) is not None:
        return row
    # Another transaction may make it at the same moment: then theirs is taken.
    try_add(session, AttemptRow(email_digest=key, failures=0, last_at=now))
    return session.exec(query).one()
