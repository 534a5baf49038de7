"""What experts earn, and the records of what was paid out to them. Flushed, not committed."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select, update

from clarity.errors import ClarityError
from clarity.experts.messages import Earning, PayoutRecord, PayoutState
from clarity.experts.tables import EarningRow, PayoutRecordRow
from clarity.money import Money


class NothingEarned(ClarityError):
    """There are no earnings that are not part of a pay-out."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "nothing-earned"
    hint = "Wait until the expert has submitted a report since the last pay-out."


class PayoutRecordNotFound(ClarityError):
    """There is no such pay-out of this expert."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "payout-record-not-found"
    hint = "GET /v1/admin/experts/{account_id}/payouts lists them."


class PayoutRecordPaid(ClarityError):
    """This pay-out was paid by another payment."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "payout-record-paid"
    hint = "Nothing needs to be done; its reference names the payment."


def earn(
    session: Session, account_id: str, review_id: str, amount: Money, *, now: datetime
) -> None:
    """Write down what a report earned; telling it twice earns once."""
    if session.get(EarningRow, review_id) is not None:
        return
    session.add(
        EarningRow(
            review_id=review_id,
            account_id=account_id,
            amount_minor=amount.minor,
            currency=amount.currency,
            earned_at=now,
        )
    )
    session.flush()


def unpaid(session: Session, account_id: str) -> Money:
    """What was earned and is not part of a pay-out."""
    rows = _open(session, account_id)
    return Money(minor=sum(row.amount_minor for row in rows), currency="USD")


def earned(session: Session, account_id: str) -> list[Earning]:
    """Every earning, newest first."""
    query = select(EarningRow).where(EarningRow.account_id == account_id)
    rows = session.exec(query.order_by(col(EarningRow.earned_at).desc()))
    return [
        Earning(
            review=row.review_id,
            amount=Money(minor=row.amount_minor, currency=row.currency),
            earned_at=row.earned_at,
            payout=row.payout_id,
        )
        for row in rows
    ]


def open_payout(session: Session, account_id: str, *, by: str, now: datetime) -> PayoutRecord:
    """Gather what is not paid into one pay-out.

    Raises:
        NothingEarned: there is nothing to gather.
    """
    rows = _open(session, account_id, lock=True)
    if not rows:
        raise NothingEarned("There is nothing to be paid out.")
    row = PayoutRecordRow(
        id=secrets.token_hex(8), account_id=account_id, created_at=now, created_by=by
    )
    session.add(row)
    session.flush()
    names = [one.review_id for one in rows]
    session.exec(
        update(EarningRow).where(col(EarningRow.review_id).in_(names)).values(payout_id=row.id)
    )
    session.flush()
    return _record(session, row)


def note_paid(
    session: Session, account_id: str, payout_id: str, reference: str, *, now: datetime
) -> PayoutRecord:
    """A pay-out was paid. Telling it again with the same reference changes nothing.

    Raises:
        PayoutRecordNotFound, PayoutRecordPaid: there is none, or another payment paid it.
    """
    query = select(PayoutRecordRow).where(PayoutRecordRow.id == payout_id).with_for_update()
    row = session.exec(query).first()
    if row is None or row.account_id != account_id:
        raise PayoutRecordNotFound("There is no such pay-out.")
    if row.paid_at is not None and row.reference != reference:
        raise PayoutRecordPaid(f"This pay-out was paid by {row.reference}.")
    row.paid_at, row.reference = row.paid_at or now, reference
    session.flush()
    return _record(session, row)


def payouts(session: Session, account_id: str) -> list[PayoutRecord]:
    """An expert's pay-outs, newest first."""
    query = select(PayoutRecordRow).where(PayoutRecordRow.account_id == account_id)
    rows = session.exec(query.order_by(col(PayoutRecordRow.created_at).desc())).all()
    return [_record(session, row) for row in rows]


def _open(session: Session, account_id: str, *, lock: bool = False) -> Sequence[EarningRow]:
    query = select(EarningRow).where(
        EarningRow.account_id == account_id, col(EarningRow.payout_id).is_(None)
    )
    return session.exec(query.with_for_update() if lock else query).all()


def _record(session: Session, row: PayoutRecordRow) -> PayoutRecord:
    parts = session.exec(select(EarningRow).where(EarningRow.payout_id == row.id)).all()
    return PayoutRecord(
        id=row.id,
        amount=Money(
            minor=sum(part.amount_minor for part in parts),
            currency=parts[0].currency if parts else "USD",
        ),
        reviews=len(parts),
        state=PayoutState.DUE if row.paid_at is None else PayoutState.PAID,
        created_at=row.created_at,
        paid_at=row.paid_at,
        reference=row.reference,
    )
