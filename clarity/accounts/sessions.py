"""Use cases of logins that are good. They flush; who calls them commits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import delete
from sqlmodel import Session, col, select

from clarity.accounts.messages import Role, Scope
from clarity.accounts.rules import AccountRules, is_over, new_token, token_digest
from clarity.accounts.tables import AccountRow, SessionRow
from clarity.errors import ClarityError


class AccountSuspended(ClarityError):
    """An administrator has suspended the account."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "account-suspended"
    hint = "Write to the operator of this service if you think that this is a mistake."


class SessionOver(ClarityError):
    """The session or key is unknown, expired or revoked."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "session-over"
    hint = "Log in again, or make a new key on the page of your keys."


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


def start(
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


def listed(session: Session, account_id: str, *, now: datetime) -> Sequence[SessionRow]:
    """Sessions that are good, newest first."""
    query = (
        select(SessionRow)
        .where(SessionRow.account_id == account_id, col(SessionRow.expires_at) > now)
        .order_by(col(SessionRow.created_at).desc())
    )
    return session.exec(query).all()


def end(session: Session, account_id: str, session_id: str) -> None:
    """End one session of an account; ending it twice is no error."""
    session.exec(
        delete(SessionRow).where(
            col(SessionRow.account_id) == account_id, col(SessionRow.id) == session_id
        )
    )


def end_all(session: Session, account_id: str, *, but: str | None = None) -> None:
    """End all sessions of an account, but for one."""
    session.exec(
        delete(SessionRow).where(
            col(SessionRow.account_id) == account_id, col(SessionRow.id) != (but or "")
        )
    )
