"""Use cases of API keys. They flush; who calls them commits."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from clarity.accounts.messages import ApiKey, KeyOrder, NewApiKey, Scope
from clarity.accounts.rules import KEY_START, is_over, new_key, token_digest
from clarity.accounts.sessions import Identity, SessionOver, identity_of
from clarity.accounts.tables import AccountRow, ApiKeyRow, ApiKeyScopeRow
from clarity.errors import ClarityError

MOST = 20
NOTE_USE_AFTER = timedelta(minutes=5)
"""Use is noted so seldom, because a write for every request would be dear."""


class KeyNotFound(ClarityError):
    """The account has no key with this identifier."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "key-not-found"
    hint = "GET /v1/account/keys lists the keys that are good."


class TooManyKeys(ClarityError):
    """The account has as many keys as it may."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "too-many-keys"
    hint = "Revoke a key that is not used any more."


def make(session: Session, account_id: str, order: KeyOrder, *, now: datetime) -> NewApiKey:
    """A new key, shown this once.

    Raises:
        TooManyKeys: there are twenty already.
    """
    session.exec(delete(ApiKeyRow).where(col(ApiKeyRow.expires_at) <= now))
    count = select(func.count()).where(col(ApiKeyRow.account_id) == account_id)
    if session.exec(count).one() >= MOST:
        raise TooManyKeys(f"An account has at most {MOST} keys.")
    key = new_key()
    row = ApiKeyRow(
        id=str(uuid.uuid4()),
        key_digest=token_digest(key),
        start=key[:KEY_START],
        account_id=account_id,
        name=order.name.strip() or "key",
        created_at=now,
        expires_at=now + timedelta(days=order.days),
    )
    session.add(row)
    session.flush()
    session.add_all(ApiKeyScopeRow(key_id=row.id, scope=scope.value) for scope in order.scopes)
    session.flush()
    return NewApiKey(**_describe(row, sorted(order.scopes)).model_dump(), key=key)


def listed(session: Session, account_id: str, *, now: datetime) -> list[ApiKey]:
    """Keys that are good, newest first."""
    query = (
        select(ApiKeyRow)
        .where(ApiKeyRow.account_id == account_id, col(ApiKeyRow.expires_at) > now)
        .order_by(col(ApiKeyRow.created_at).desc(), col(ApiKeyRow.id))
    )
    return [_describe(row, _scopes(session, row.id)) for row in session.exec(query)]


def revoke(session: Session, account_id: str, key_id: str) -> None:
    """End a key; raises `KeyNotFound`, for keys of others too."""
    done = session.exec(
        delete(ApiKeyRow).where(
            col(ApiKeyRow.account_id) == account_id, col(ApiKeyRow.id) == key_id
        )
    )
    if done.rowcount != 1:
        raise KeyNotFound("There is no such key.")


def revoke_all(session: Session, account_id: str) -> None:
    session.exec(delete(ApiKeyRow).where(col(ApiKeyRow.account_id) == account_id))


def identify(session: Session, key: str, *, now: datetime) -> tuple[Identity, ApiKeyRow]:
    """Whose key this is.

    Raises:
        SessionOver: unknown, expired or revoked.
        AccountSuspended: the account is.
    """
    query = (
        select(ApiKeyRow, AccountRow)
        .join(AccountRow, col(AccountRow.id) == col(ApiKeyRow.account_id))
        .where(ApiKeyRow.key_digest == token_digest(key))
    )
    found = session.exec(query).first()
    if found is None or is_over(found[0].expires_at, now):
        raise SessionOver("This key is not good any more.")
    scopes = frozenset(_scopes(session, found[0].id))
    return identity_of(found[1], scopes=scopes), found[0]


def note_use(session: Session, key_id: str, *, now: datetime) -> None:
    row = session.get(ApiKeyRow, key_id)
    if row is not None:
        row.last_used_at = now
        session.flush()


def is_use_stale(row: ApiKeyRow, now: datetime) -> bool:
    """Whether the key's use is worth noting again."""
    return row.last_used_at is None or now - row.last_used_at > NOTE_USE_AFTER


def _scopes(session: Session, key_id: str) -> Sequence[Scope]:
    query = select(ApiKeyScopeRow.scope).where(ApiKeyScopeRow.key_id == key_id)
    return [Scope(scope) for scope in sorted(session.exec(query))]


def _describe(row: ApiKeyRow, scopes: Sequence[Scope]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        start=row.start,
        scopes=list(scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
