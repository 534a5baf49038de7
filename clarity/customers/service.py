"""Use cases of customer management. They flush; who calls them commits."""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from clarity.customers.messages import Activity, ActivityPage, Kind
from clarity.customers.tables import ActivityRow
from clarity.database import try_add

WORDS = 300
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which activities are wanted; what is empty does not restrict.

    Attributes:
        kinds: of these kinds.
        since: at or after this moment.
        until: before this moment.
        text: containing these words, in sentence or subject.
    """

    kinds: Collection[Kind] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


def record(
    session: Session,
    account_id: str,
    kind: Kind,
    *,
    subject: str,
    words: str,
    now: datetime,
    once_key: str = "",
) -> None:
    """Write down what happened. With a `once_key` a repetition changes nothing."""
    row = ActivityRow(
        account_id=account_id,
        once_key=once_key or secrets.token_hex(16),
        at=now,
        kind=kind.value,
        subject=subject,
        words=words[:WORDS],
    )
    try_add(session, row)


def page(
    session: Session, account_id: str, filters: Filters, *, after: str = "", limit: int = 50
) -> ActivityPage:
    """Activities, newest first; `after` is the `next` of the page before."""
    query = _query(account_id, filters).limit(limit + 1)
    if after.isdecimal() and len(after) < 18:
        query = query.where(col(ActivityRow.id) < int(after))
    rows = session.exec(query).all()
    more = len(rows) > limit
    shown = [_activity(row) for row in rows[:limit]]
    return ActivityPage(activities=shown, next=shown[-1].id if more else None)


def every(session: Session, account_id: str, filters: Filters) -> Iterator[Activity]:
    """All activities that pass the filters, newest first."""
    for row in session.exec(_query(account_id, filters).execution_options(yield_per=BATCH)):
        yield _activity(row)


def erase(session: Session, account_id: str) -> None:
    """Forget everything about an account."""
    session.exec(delete(ActivityRow).where(col(ActivityRow.account_id) == account_id))


def _query(account_id: str, filters: Filters) -> SelectOfScalar[ActivityRow]:
    query = select(ActivityRow).where(ActivityRow.account_id == account_id)
    if filters.kinds:
        query = query.where(col(ActivityRow.kind).in_([kind.value for kind in filters.kinds]))
    if filters.since is not None:
        query = query.where(col(ActivityRow.at) >= filters.since)
    if filters.until is not None:
        query = query.where(col(ActivityRow.at) < filters.until)
    if filters.text:
        words = col(ActivityRow.words).contains(filters.text, autoescape=True)
        subject = col(ActivityRow.subject).contains(filters.text, autoescape=True)
        query = query.where(words | subject)
    # By number: rows are written as things happen, and moments may be equal.
    return query.order_by(col(ActivityRow.id).desc())


def _activity(row: ActivityRow) -> Activity:
    return Activity(
        id=str(row.id), at=row.at, kind=Kind(row.kind), subject=row.subject, words=row.words
    )
