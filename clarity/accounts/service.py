"""Use cases of accounts. They flush; who calls them commits.

Nothing here says whether an address has an account: what strangers may ask for answers the
same either way, and the difference is in a letter to the owner of the address.
"""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from clarity.accounts import attempts, letters, sessions
from clarity.accounts.messages import Account, Preferences, Role
from clarity.accounts.rules import (
    AccountRules,
    is_over,
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


class WrongDoor(ClarityError):
    """The account does not have the role it wants to come in as."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "wrong-role"
    hint = "Log in as a customer. An administrator makes experts of vetted accounts."


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


def consenting(session: Session) -> set[str]:
    """Identifiers of accounts whose owners agree to training now."""
    query = select(AccountRow.id).where(col(AccountRow.training_consent_at).is_not(None))
    return set(session.exec(query))


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
    sessions.end_all(session, row.id)
    if attempt_key:
        attempts.forgive(session, attempt_key)
    return row


def set_password(session: Session, row: AccountRow, password_hash: str) -> None:
    row.password_hash = password_hash
    session.exec(
        delete(MailTokenRow).where(
            col(MailTokenRow.account_id) == row.id, col(MailTokenRow.purpose) == RESET
        )
    )
    session.flush()


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
