"""Use cases of accounts and their sessions. They flush; who calls them commits.

Nothing here says whether an address has an account: what strangers may ask for answers the
same either way, and the difference is in a letter to the owner of the address.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from clarity.accounts import letters
from clarity.accounts.messages import Account, Preferences, Role, Scope
from clarity.accounts.rules import (
    AccountRules,
    is_over,
    lock_after,
    new_token,
    role_of_new,
    token_digest,
)
from clarity.accounts.tables import AccountRow, AttemptRow, MailTokenRow, SessionRow
from clarity.errors import ClarityError

CONFIRM, RESET = "confirm", "reset"


class LoginRefused(ClarityError):
    """Address and password do not belong together."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "login-refused"
    hint = "Check both for typing errors, or ask for a new password."


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


class NotConfirmed(ClarityError):
    """The account's e-mail address is not confirmed yet."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "not-confirmed"
    hint = "Open the link in the letter that was sent to you, or ask for another one."


class SecondFactorNeeded(ClarityError):
    """The account has a second factor, and its code is missing or wrong."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "second-factor-needed"
    hint = "Send the six digits that your authenticator app shows now; each counts once."


class AccountSuspended(ClarityError):
    """An administrator has suspended the account."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "account-suspended"
    hint = "Write to the operator of this service if you think that this is a mistake."


class WrongDoor(ClarityError):
    """The account does not have the role it wants to come in as."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "wrong-role"
    hint = "Log in as a customer. An administrator makes experts of vetted accounts."


class SessionOver(ClarityError):
    """The session or key is unknown, expired or revoked."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "session-over"
    hint = "Log in again, or make a new key on the page of your keys."


class LinkOver(ClarityError):
    """The link of a letter was used, is too old, or was never sent."""

    status: ClassVar[int] = 410
    code: ClassVar[str] = "link-over"
    hint = "Ask for another letter: each link counts once, and only for a while."


class AccountNotFound(ClarityError):
    """No account has this identifier."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "account-not-found"
    hint = "Look the account up by its e-mail address first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a request comes from.

    Attributes:
        account_id: the account.
        role: what it may do.
        plan: what it paid for.
        scopes: of the API key that was used; None for a person's session, which may all.
        session_id: of that session.
        zero_retention: whether its media are removed soon.
    """

    account_id: str
    role: Role
    plan: str
    scopes: frozenset[Scope] | None = None
    session_id: str | None = None
    zero_retention: bool = False


def find(session: Session, email: str) -> AccountRow | None:
    """The account of a normalised address."""
    return session.exec(select(AccountRow).where(AccountRow.email == email)).first()


def exists(session: Session, account_id: str) -> bool:
    """Whether there is an account with this identifier, suspended or not."""
    return session.get(AccountRow, account_id) is not None


def get(session: Session, account_id: str) -> AccountRow:
    """The account with this identifier; raises `AccountNotFound`."""
    row = session.get(AccountRow, account_id)
    if row is None:
        raise AccountNotFound("There is no such account.")
    return row


def describe(row: AccountRow) -> Account:
    """The account as its owner sees it."""
    return Account(
        id=row.id,
        email=row.email,
        role=Role(row.role),
        plan=row.plan,
        created_at=row.created_at,
        second_factor=row.totp_confirmed_at is not None,
        training_consent=row.training_consent_at is not None,
        zero_retention=row.zero_retention,
    )


def sign_up(
    session: Session,
    email: str,
    password_hash: str,
    *,
    training_consent: bool,
    now: datetime,
    rules: AccountRules,
    page: str,
) -> None:
    """Make an account that waits for its confirmation, and write to its address.

    Where there is one already its owner is told so by mail, and nothing else changes: not
    the password either, which whoever signs up now may have chosen for somebody else.
    """
    row = AccountRow(
        id=str(uuid.uuid4()),
        email=email,
        password_hash=password_hash,
        created_at=now,
        training_consent_at=now if training_consent else None,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        existing = find(session, email)
        if existing is None:
            raise
        if existing.confirmed_at is not None:
            letters.post(session, letters.already_there(email, page), now=now)
            return
        # Never confirmed: the newest password counts. A stranger who signs up with somebody
        # else's address gains nothing, since confirming takes the letter and the password.
        existing.password_hash = password_hash
        row = existing
    _send_confirmation(session, row, now=now, rules=rules, page=page)


def send_confirmation(
    session: Session, email: str, *, now: datetime, rules: AccountRules, page: str
) -> None:
    """Write once more to an address that waits to be confirmed; nothing for others."""
    row = find(session, email)
    if row is not None and row.confirmed_at is None:
        _send_confirmation(session, row, now=now, rules=rules, page=page)


def owner(session: Session, token: str, purpose: str, *, now: datetime) -> AccountRow:
    """Whom a link belongs to, without using it up; raises `LinkOver`."""
    return get(session, _valid(session, token, purpose, now).account_id)


def confirm(session: Session, token: str, *, now: datetime, rules: AccountRules) -> AccountRow:
    """Confirm the address that a letter went to; raises `LinkOver`."""
    row = _redeem(session, token, CONFIRM, now)
    if row.confirmed_at is None:
        row.confirmed_at = now
        row.role = role_of_new(row.email, rules).value
    session.flush()
    return row


def forgot_password(
    session: Session, email: str, *, now: datetime, rules: AccountRules, page: str
) -> None:
    """Write to the owner of an account; nothing for addresses without one."""
    row = find(session, email)
    if row is None or row.confirmed_at is None:
        return
    token = _issue(session, row, RESET, until=now + rules.reset)
    letters.post(session, letters.new_password(email, page, token), now=now)


def reset_password(
    session: Session, token: str, password_hash: str, *, now: datetime, attempt_key: str = ""
) -> AccountRow:
    """Set a new password and end every session; raises `LinkOver`."""
    row = _redeem(session, token, RESET, now)
    set_password(session, row, password_hash)
    end_sessions(session, row.id)
    if attempt_key:
        forgive(session, attempt_key)
    return row


def set_password(session: Session, row: AccountRow, password_hash: str) -> None:
    row.password_hash = password_hash
    session.exec(
        delete(MailTokenRow).where(
            col(MailTokenRow.account_id) == row.id, col(MailTokenRow.purpose) == RESET
        )
    )
    session.flush()


def count_attempt(session: Session, key: str, *, now: datetime, rules: AccountRules) -> None:
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


def open_session(
    session: Session, row: AccountRow, *, now: datetime, rules: AccountRules, replaces: str = ""
) -> tuple[str, SessionRow]:
    """A new session and its token. The token a client came with is never taken over.

    Args:
        session: open transaction.
        row: who logs in.
        now: the present.
        rules: of accounts.
        replaces: token of the session that the client had before; it ends here.
    """
    if replaces:
        digest = token_digest(replaces)
        session.exec(delete(SessionRow).where(col(SessionRow.token_digest) == digest))
    sweep(session, now=now, rules=rules)
    token = new_token()
    opened = SessionRow(
        id=str(uuid.uuid4()),
        token_digest=token_digest(token),
        account_id=row.id,
        created_at=now,
        expires_at=now + rules.session,
    )
    session.add(opened)
    session.flush()
    return token, opened


def identify(session: Session, token: str, *, now: datetime) -> Identity:
    """Whose session a token is.

    Raises:
        SessionOver: unknown, expired or revoked.
        AccountSuspended: the account is.
    """
    query = (
        select(SessionRow, AccountRow)
        .join(AccountRow, col(AccountRow.id) == col(SessionRow.account_id))
        .where(SessionRow.token_digest == token_digest(token))
    )
    found = session.exec(query).first()
    if found is None or is_over(found[0].expires_at, now):
        raise SessionOver("You are not logged in any more.")
    return identity_of(found[1], session_id=found[0].id)


def identity_of(
    row: AccountRow, *, session_id: str | None = None, scopes: frozenset[Scope] | None = None
) -> Identity:
    """An account as requests are judged by; raises `AccountSuspended`."""
    need_active(row)
    return Identity(
        account_id=row.id,
        role=Role(row.role),
        plan=row.plan,
        scopes=scopes,
        session_id=session_id,
        zero_retention=row.zero_retention,
    )


def need_active(row: AccountRow) -> None:
    """Raise `AccountSuspended` if the account is."""
    if row.suspended_at is not None:
        raise AccountSuspended(f"This account is suspended: {row.suspension_reason}")


def sessions(session: Session, account_id: str, *, now: datetime) -> Sequence[SessionRow]:
    """Sessions that are good, newest first."""
    query = (
        select(SessionRow)
        .where(SessionRow.account_id == account_id, col(SessionRow.expires_at) > now)
        .order_by(col(SessionRow.created_at).desc())
    )
    return session.exec(query).all()


def end_session(session: Session, account_id: str, session_id: str) -> None:
    """End one session of an account; ending it twice is no error."""
    session.exec(
        delete(SessionRow).where(
            col(SessionRow.account_id) == account_id, col(SessionRow.id) == session_id
        )
    )


def end_sessions(session: Session, account_id: str, *, but: str | None = None) -> None:
    """End all sessions of an account, but for one."""
    session.exec(
        delete(SessionRow).where(
            col(SessionRow.account_id) == account_id, col(SessionRow.id) != (but or "")
        )
    )


def set_preferences(
    session: Session, account_id: str, wanted: Preferences, *, now: datetime
) -> AccountRow:
    """Change consent and retention; what is None stays."""
    row = get(session, account_id)
    if wanted.training_consent is not None:
        given = row.training_consent_at or now
        row.training_consent_at = given if wanted.training_consent else None
    if wanted.zero_retention is not None:
        row.zero_retention = wanted.zero_retention
    session.flush()
    return row


def erase(session: Session, account_id: str) -> None:
    """Delete the account and everything of it that this service keeps."""
    row = get(session, account_id)
    letters.withdraw(session, row.email)
    session.delete(row)
    session.flush()


def sweep(session: Session, *, now: datetime, rules: AccountRules) -> None:
    """Forget what has run out: sessions, links, failures."""
    session.exec(delete(SessionRow).where(col(SessionRow.expires_at) <= now))
    session.exec(delete(MailTokenRow).where(col(MailTokenRow.expires_at) <= now))
    session.exec(delete(AttemptRow).where(col(AttemptRow.last_at) < now - rules.forget_failures))
    unconfirmed = delete(AccountRow).where(
        col(AccountRow.confirmed_at).is_(None),
        col(AccountRow.created_at) < now - rules.forget_unconfirmed,
    )
    session.exec(unconfirmed)


def _attempts(session: Session, key: str, now: datetime) -> AttemptRow:
    query = select(AttemptRow).where(AttemptRow.email_digest == key).with_for_update()
    if (row := session.exec(query).first()) is not None:
        return row
    try:
        with session.begin_nested():
            session.add(AttemptRow(email_digest=key, failures=0, last_at=now))
            session.flush()
    except IntegrityError:
        pass  # Made in another transaction at this moment.
    return session.exec(query).one()


def _send_confirmation(
    session: Session, row: AccountRow, *, now: datetime, rules: AccountRules, page: str
) -> None:
    token = _issue(session, row, CONFIRM, until=now + rules.confirmation)
    letters.post(session, letters.confirmation(row.email, page, token), now=now)


def _issue(session: Session, row: AccountRow, purpose: str, *, until: datetime) -> str:
    token = new_token()
    # The newest link is the only one.
    session.exec(
        delete(MailTokenRow).where(
            col(MailTokenRow.account_id) == row.id, col(MailTokenRow.purpose) == purpose
        )
    )
    session.add(
        MailTokenRow(
            token_digest=token_digest(token), account_id=row.id, purpose=purpose, expires_at=until
        )
    )
    session.flush()
    return token


def _valid(session: Session, token: str, purpose: str, now: datetime) -> MailTokenRow:
    query = select(MailTokenRow).where(MailTokenRow.token_digest == token_digest(token))
    found = session.exec(query).first()
    if found is None or found.purpose != purpose or is_over(found.expires_at, now):
        raise LinkOver("This link is not good any more.")
    return found


def _redeem(session: Session, token: str, purpose: str, now: datetime) -> AccountRow:
    found = _valid(session, token, purpose, now)
    row = get(session, found.account_id)
    used = session.exec(
        delete(MailTokenRow).where(col(MailTokenRow.token_digest) == found.token_digest)
    )
    if used.rowcount != 1:  # by another request at this moment
        raise LinkOver("This link is not good any more.")
    return row
