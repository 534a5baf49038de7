"""What a customer has used of what a plan or a purchase gives."""

from datetime import datetime

from sqlmodel import Session, col, select

from clarity.cases import rules
from clarity.cases.docket import matter_of
from clarity.cases.tables import CaseRow, CustomerRow
from clarity.database import try_add


def used(session: Session, customer: str, *, paid_by: str, since: datetime | None) -> int:
    """Cases that count against the plan, or an extra, from a moment on.

    Whoever counts for the same customer waits until this transaction is over: two requests at
    one moment must not both find the last one free. MariaDB may break a deadlock over it, so
    the transaction is one for `Database.repeat`.
    """
    _hold(session, customer)
    query = select(CaseRow).where(CaseRow.customer_id == customer, CaseRow.paid_by == paid_by)
    if since is not None:
        query = query.where(col(CaseRow.opened_at) >= since)
    rows = session.exec(query).all()
    return sum(
        rules.counts_as_used(matter_of(session, row), automatic=row.automatic) for row in rows
    )


def _hold(session: Session, customer: str) -> None:
    query = select(CustomerRow).where(CustomerRow.customer_id == customer).with_for_update()
    if session.exec(query).first() is None:
        try_add(session, CustomerRow(customer_id=customer))
        session.exec(query).one()
