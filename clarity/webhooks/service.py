"""Use cases of webhooks. They flush; who calls them commits."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, delete, func, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.webhooks.messages import Event, Webhook
from clarity.webhooks.rules import GIVEN_UP, pause
from clarity.webhooks.tables import CallRow, WebhookRow

MOST = 5
"""Webhooks of one account."""


class WebhookNotFound(ClarityError):
    """The account has no such webhook."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "webhook-not-found"
    hint = "GET /v1/account/webhooks lists them."


class TooManyWebhooks(ClarityError):
    """The account has as many webhooks as it may have."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "too-many-webhooks"
    hint = "Remove one that nobody listens to any more."


def add(session: Session, account_id: str, url: str, *, now: datetime) -> WebhookRow:
    """Register an address; raises `TooManyWebhooks`."""
    if len(_of(session, account_id)) >= MOST:
        raise TooManyWebhooks(f"An account has at most {MOST} webhooks.")
    row = WebhookRow(id=secrets.token_hex(8), account_id=account_id, url=url, created_at=now)
    session.add(row)
    session.flush()
    return row


def listed(session: Session, account_id: str) -> list[Webhook]:
    """An account's webhooks, oldest first."""
    return [describe(session, row) for row in _of(session, account_id)]


def own(session: Session, account_id: str, webhook_id: str) -> WebhookRow:
    """A webhook of this account; raises `WebhookNotFound`."""
    row = session.get(WebhookRow, webhook_id)
    if row is None or row.account_id != account_id:
        raise WebhookNotFound("There is no such webhook.")
    return row


def remove(session: Session, account_id: str, webhook_id: str) -> None:
    """Call it no more, and forget what was still to be told; raises `WebhookNotFound`."""
    session.delete(own(session, account_id, webhook_id))
    session.flush()


def erase(session: Session, account_id: str) -> None:
    """Forget every webhook of an account."""
    session.exec(delete(WebhookRow).where(col(WebhookRow.account_id) == account_id))


def tell(session: Session, account_id: str, event: Event, *, now: datetime) -> None:
    """Queue a call of every webhook of the account; an event that is queued twice is one."""
    for row in _of(session, account_id):
        queue(session, row, event, now=now)


def queue(session: Session, row: WebhookRow, event: Event, *, now: datetime) -> None:
    """Queue a call of one webhook."""
    call = CallRow(
        webhook_id=row.id,
        event_id=event.id,
        body=event.model_dump_json(),
        created_at=now,
        not_before=now,
    )
    try_add(session, call)


def take(
    session: Session, *, now: datetime, but: Collection[str] = ()
) -> tuple[CallRow, WebhookRow] | None:
    """The oldest call that is due, held back from others while it is being made.

    Args:
        session: open transaction.
        now: the moment.
        but: webhooks that are being called just now.
    """
    session.exec(delete(CallRow).where(col(CallRow.created_at) < now - GIVEN_UP))
    query = (
        select(CallRow)
        .where(col(CallRow.not_before) <= now, col(CallRow.webhook_id).not_in(but))
        .order_by(col(CallRow.not_before), col(CallRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    call = session.exec(query).first()
    if call is None:
        return None
    call.attempts += 1
    call.not_before = now + pause(call.attempts)
    session.flush()
    return call, session.get_one(WebhookRow, call.webhook_id)


def is_due(session: Session, *, now: datetime, but: Collection[str] = ()) -> bool:
    """Whether `take` would find a call; takes no lock."""
    due = col(CallRow.not_before) <= now, col(CallRow.webhook_id).not_in(but)
    query = select(CallRow.id).where(*due).limit(1)
    return session.exec(query).first() is not None


def note(
    session: Session,
    call_id: int | None,
    webhook_id: str,
    outcome: str,
    *,
    done: bool,
    now: datetime,
) -> None:
    """Write down how a call went. One that is done is forgotten."""
    if done:
        session.exec(delete(CallRow).where(col(CallRow.id) == call_id))
    row = session.get(WebhookRow, webhook_id)
    if row is not None:  # its owner may have removed it meanwhile
        row.last_called_at, row.last_outcome = now, outcome[:100]
    session.flush()


def describe(session: Session, row: WebhookRow) -> Webhook:
    """A webhook as its owner sees it."""
    waiting = select(func.count()).where(col(CallRow.webhook_id) == row.id)
    return Webhook(
        id=row.id,
        url=row.url,
        created_at=row.created_at,
        waiting=session.exec(waiting).one(),
        last_called_at=row.last_called_at,
        last_outcome=row.last_outcome,
    )


def _of(session: Session, account_id: str) -> Sequence[WebhookRow]:
    query = select(WebhookRow).where(WebhookRow.account_id == account_id)
    return session.exec(query.order_by(col(WebhookRow.created_at), col(WebhookRow.id))).all()
