"""Money that goes back: planned, carried out, told; by our hand or the provider's."""

import uuid
from datetime import datetime

from sqlmodel import Session, col, select

from clarity.database import try_add
from clarity.money import Money
from clarity.payments.messages import PaymentRefunded, TransferState
from clarity.payments.outbox import tell
from clarity.payments.payers import lock_payer
from clarity.payments.provider import Refunded
from clarity.payments.tables import PaymentRow, RefundRow

NOT_WANTED = "not-wanted"
"""Why a charge goes back that ought not to have been made."""


def plan_refund(
    session: Session,
    payment: PaymentRow,
    minor: int,
    *,
    reason: str,
    key: str | None,
    now: datetime,
) -> RefundRow:
    """Write a refund down; it is carried out after the commit, again and again until it is."""
    row = RefundRow(
        id=str(uuid.uuid4()),
        payment_provider_id=payment.provider_id,
        amount_minor=minor,
        currency=payment.currency,
        reason=reason,
        state=TransferState.REQUESTED,
        idempotency_key=key,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def finish_refund(session: Session, refund_id: str, told: Refunded, now: datetime) -> None:
    """A refund of ours has been carried out; twice is once."""
    account = _account_of_payment(session, told.payment)
    if account is not None:
        lock_payer(session, account)
    row = session.get(RefundRow, refund_id, populate_existing=True)
    if row is None or row.state == TransferState.COMPLETED:
        return
    row.provider_id = told.provider_id
    row.state = TransferState.COMPLETED
    row.done_at = told.refunded_at
    session.add(row)
    session.flush()
    tell_refunds(session, told.payment, now)


def fail_refund(session: Session, refund_id: str, now: datetime) -> None:
    """The provider declined a refund of ours."""
    row = session.get(RefundRow, refund_id)
    if row is None or row.state != TransferState.REQUESTED:
        return
    row.state = TransferState.FAILED
    session.add(row)
    session.flush()
    return_rest(session, row.payment_provider_id, now, declined=row.amount_minor)


def refunded_minor(session: Session, payment_provider_id: str) -> int:
    """Minor units of a payment that went back or are about to."""
    query = select(RefundRow.amount_minor).where(
        RefundRow.payment_provider_id == payment_provider_id,
        RefundRow.state != TransferState.FAILED,
    )
    return sum(session.exec(query).all())


def note_refund(session: Session, told: Refunded, now: datetime) -> bool:
    """A refund that the provider tells. Ours are finished before this is called."""
    account = _account_of_payment(session, told.payment)
    if account is not None:
        lock_payer(session, account)
    row = RefundRow(
        id=str(uuid.uuid4()),
        payment_provider_id=told.payment,
        provider_id=told.provider_id,
        amount_minor=told.amount.minor,
        currency=told.amount.currency,
        reason=told.reason,
        state=TransferState.COMPLETED,
        created_at=now,
        done_at=told.refunded_at,
    )
    if not try_add(session, row):
        return True
    tell_refunds(session, told.payment, now)
    return_rest(session, told.payment, now)
    return True


def return_rest(
    session: Session, payment_provider_id: str, now: datetime, *, declined: int = 0
) -> None:
    """Of a charge that nobody wants, what is left goes back too.

    Somebody may have refunded a part by hand, so that the whole was declined.

    Args:
        declined: minor units that were; the same again would be declined again.
    """
    query = select(PaymentRow).where(PaymentRow.provider_id == payment_provider_id)
    payment = session.exec(query).first()
    if payment is None:
        return
    planned = select(RefundRow).where(
        RefundRow.payment_provider_id == payment_provider_id, RefundRow.reason == NOT_WANTED
    )
    if payment.wanted and session.exec(planned).first() is None:
        return
    left = payment.amount_minor - refunded_minor(session, payment_provider_id)
    if left > 0 and left != declined:
        plan_refund(session, payment, left, reason=NOT_WANTED, key=None, now=now)


def tell_refunds(session: Session, payment_provider_id: str, now: datetime) -> None:
    """Tell the refunds of a payment that are done, once the payment itself has been told."""
    query = select(PaymentRow).where(PaymentRow.provider_id == payment_provider_id)
    payment = session.exec(query).first()
    if payment is None:
        return
    waiting = select(RefundRow).where(
        RefundRow.payment_provider_id == payment_provider_id,
        RefundRow.state == TransferState.COMPLETED,
        col(RefundRow.told).is_(False),
    )
    for row in session.exec(waiting).all():
        row.told = True
        session.add(row)
        happening = PaymentRefunded(
            refund=row.id,
            payment=payment.id,
            account=payment.account_id,
            amount=Money(minor=row.amount_minor, currency=row.currency),
            refunded_at=row.done_at or now,
        )
        tell(session, happening, now)
    session.flush()


def _account_of_payment(session: Session, provider_id: str) -> str | None:
    query = select(PaymentRow.account_id).where(PaymentRow.provider_id == provider_id)
    return session.exec(query).first()
