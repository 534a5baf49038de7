"""Forgetting a person: a customer's cases, an expert's seats. Flushed, not committed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select

from clarity.cases import docket, service
from clarity.cases.messages import Happening
from clarity.cases.tables import AttachmentRow, CaseRow, CustomerRow, ReviewRow, VersionRow


def erase_customer(session: Session, customer: str) -> set[str]:
    """Delete a customer's cases with all that experts wrote in them.

    What was settled stays: a verdict names the item by its digest and experts by pseudonym.

    Returns:
        Digests of attachments that no other report has.
    """
    cases = select(CaseRow.id).where(CaseRow.customer_id == customer)
    reviews = select(ReviewRow.id).where(col(ReviewRow.case_id).in_(cases))
    gone = _attached(session, col(AttachmentRow.review_id).in_(reviews))
    session.exec(delete(CaseRow).where(col(CaseRow.customer_id) == customer))
    session.exec(delete(CustomerRow).where(col(CustomerRow.customer_id) == customer))
    session.flush()
    return _unused(session, gone)


def leave_seats(session: Session, expert: str, *, now: datetime) -> list[str]:
    """Take the live reviews of somebody who is no expert any more; gives the cases that lack one
    now."""
    query = select(ReviewRow).where(
        ReviewRow.expert_id == expert, col(ReviewRow.state).in_(docket.LIVE)
    )
    left = []
    for seat in session.exec(query).all():
        row = docket.get(session, seat.case_id, lock=True)
        session.refresh(seat)
        if seat.state in docket.LIVE and row.state not in docket.OVER:
            service.vacate(session, row, seat, Happening.REPLACED, actor="", now=now)
            left.append(row.id)
    return left


def erase_expert(session: Session, expert: str) -> set[str]:
    """Delete what an expert wrote and never submitted.

    Submitted reports belong to their cases; they name the expert by pseudonym, and the account
    that stands beside it leads to nobody any more.

    Returns:
        Digests of attachments that no other report has.
    """
    reviews = select(ReviewRow.id).where(
        ReviewRow.expert_id == expert, col(ReviewRow.submitted_at).is_(None)
    )
    gone = _attached(session, col(AttachmentRow.review_id).in_(reviews))
    session.exec(delete(AttachmentRow).where(col(AttachmentRow.review_id).in_(reviews)))
    session.exec(delete(VersionRow).where(col(VersionRow.review_id).in_(reviews)))
    session.flush()
    return _unused(session, gone)


def _attached(session: Session, which: ColumnElement[bool]) -> set[str]:
    found: list[str] = list(session.exec(select(AttachmentRow.digest).where(which)).all())
    return set(found)


def _unused(session: Session, digests: Collection[str]) -> set[str]:
    kept: list[str] = list(
        session.exec(
            select(AttachmentRow.digest).where(col(AttachmentRow.digest).in_(digests))
        ).all()
    )
    return set(digests).difference(kept)
