"""Writing down what the provider tells: once, in any order, with what follows from it.

A charge or a refund is written once, whatever tells it (event, answer, comparison), because
its number at the provider is unique. A state replaces only an older one. So events may come
twice, late, in any order or not at all, and the same rows come out.
"""

import uuid
from datetime import datetime

from sqlmodel import Session, col, select

from clarity.database import try_add
from clarity.money import Money
from clarity.payments import refunds
from clarity.payments.messages import (
    ChargeFailed,
    Happening,
    PaymentCompleted,
    PurchaseState,
    SubscriptionChanged,
    SubscriptionState,
)
from clarity.payments.outbox import tell
from clarity.payments.payers import lock_payer
from clarity.payments.provider import Charged, Fact, SubscriptionTold
from clarity.payments.rules import (
    APPROVAL_LIFE,
    ENDED,
    LIVE,
    SKEW,
    UNAGREED,
    is_fee,
    is_wanted,
    month_of,
)
from clarity.payments.tables import (
    PayerRow,
    PaymentRow,
    PurchaseRow,
    SubscriptionRow,
)


def note(session: Session, fact: Fact, now: datetime) -> bool:
    """Write down what the provider tells.

    Returns:
        False if it is about nothing of ours: another shop may share the PayPal account.
    """
    if isinstance(fact, SubscriptionTold):
        return _note_subscription(session, fact, now)
    if isinstance(fact, Charged):
        return _note_charge(session, fact, now)
    return refunds.note_refund(session, fact, now)


def let_go(session: Session, row: SubscriptionRow, since: datetime) -> None:
    """A subscription is to end: every charge from `since` on goes back."""
    if row.unwanted_from is not None and row.unwanted_from <= since:
        return
    row.unwanted_from = since
    session.add(row)
    charges = select(PaymentRow).where(
        PaymentRow.source_id == row.id, col(PaymentRow.paid_at) >= since
    )
    for payment in session.exec(charges).all():
        left = payment.amount_minor - refunds.refunded_minor(session, payment.provider_id)
        if left > 0:
            refunds.plan_refund(
                session, payment, left, reason=refunds.NOT_WANTED, key=None, now=since
            )


def drop(session: Session, row: SubscriptionRow) -> None:
    """A wish that counts no more: whatever it ever charges goes back."""
    let_go(session, row, row.created_at - SKEW)


def tell_standing(session: Session, row: SubscriptionRow, now: datetime) -> None:
    """Tell the others how a subscription stands."""
    wanted = row.unwanted_from is None
    live = row.state == SubscriptionState.ACTIVE and wanted
    happening = SubscriptionChanged(
        account=row.account_id,
        source=row.id,
        what=row.plan,
        price=Money(minor=row.price_minor, currency=row.currency),
        ended=row.state in ENDED or not wanted,
        next_charge_at=row.next_charge_at if live else None,
        at=now,
    )
    tell(session, happening, now)


def _note_subscription(session: Session, told: SubscriptionTold, now: datetime) -> bool:
    row = _subscription(session, told)
    if row is None:
        return False
    payer = lock_payer(session, row.account_id)
    session.refresh(row)
    if row.told_at is not None and told.told_at < row.told_at:
        return True
    before = (row.state, row.next_charge_at, row.unwanted_from)
    if _came_too_late(row, told):
        drop(session, row)
    row.provider_id = told.provider_id
    row.told_at = told.told_at
    row.state = told.state
    row.anchor_at = row.starts_at or told.anchor_at or row.anchor_at
    row.next_charge_at = told.next_charge_at
    row.approve_url = told.approve_url or row.approve_url
    session.add(row)
    _choose_current(session, payer, row, told, now)
    _note_overdue(session, row, told, now)
    session.flush()
    changed = (row.state, row.next_charge_at, row.unwanted_from) != before
    if changed and not _was_only_wished_for(before[0], row):
        tell_standing(session, row, now)
    return True


def _was_only_wished_for(before: str, row: SubscriptionRow) -> bool:
    """Of a wish that nobody agreed to there is nothing to tell, neither its wait nor its end."""
    return before in UNAGREED and row.state in UNAGREED | ENDED and row.overdue_minor == 0


def _choose_current(
    session: Session, payer: PayerRow, row: SubscriptionRow, told: SubscriptionTold, now: datetime
) -> None:
    """At most one subscription of an account renews: the one agreed to last."""
    if row.state in ENDED and payer.current_id == row.id:
        payer.current_id = None
    elif row.state in LIVE and row.unwanted_from is None and payer.current_id != row.id:
        former = session.get(SubscriptionRow, payer.current_id) if payer.current_id else None
        payer.current_id = row.id
        if former is not None:
            let_go(session, former, _takes_over(row, told.told_at))
            tell_standing(session, former, now)
    session.add(payer)


def _came_too_late(row: SubscriptionRow, told: SubscriptionTold) -> bool:
    """Whether a wish was agreed to when what it costs at once was no longer true."""
    begins = row.state not in LIVE and told.state in LIVE and row.fee_minor > 0
    return begins and (told.state_since or row.created_at) > row.created_at + APPROVAL_LIFE


def _takes_over(row: SubscriptionRow, agreed_at: datetime) -> datetime:
    """From when on a charge of the former subscription would pay the same time twice.

    A wish without a later start was made when nothing was paid: whatever the former charged
    since the wish is paid by the new one too. Any other takes over when it is agreed to, or
    when its months begin, if it was agreed to after that.
    """
    if row.starts_at is None:
        return row.created_at - SKEW
    return min(agreed_at, row.starts_at)


def _note_overdue(
    session: Session, row: SubscriptionRow, told: SubscriptionTold, now: datetime
) -> None:
    overdue = told.overdue.minor if told.overdue else 0
    if overdue > 0 and row.overdue_minor == 0 and row.unwanted_from is None:
        failed_at = told.failed_at or told.told_at
        begins, ends = month_of(row.anchor_at or row.created_at, failed_at)
        failed = ChargeFailed(
            account=row.account_id,
            source=row.id,
            what=row.plan,
            amount=Money(minor=overdue, currency=row.currency),
            failed_at=failed_at,
            begins=begins,
            ends=ends,
        )
        tell(session, failed, now)
    if overdue == 0:
        row.retried_at = row.retried_at if row.state == SubscriptionState.SUSPENDED else None
    row.overdue_minor = overdue


def _subscription(session: Session, told: SubscriptionTold) -> SubscriptionRow | None:
    known = select(SubscriptionRow).where(SubscriptionRow.provider_id == told.provider_id)
    row = session.exec(known).first() or session.get(SubscriptionRow, told.own_id)
    # Our identifier with another of the provider's: somebody made it up.
    return row if row and row.provider_id in (None, told.provider_id) else None


def _note_charge(session: Session, charge: Charged, now: datetime) -> bool:
    known = select(PaymentRow.id).where(PaymentRow.provider_id == charge.provider_id)
    if session.exec(known).first() is not None:
        return True  # The usual case when one looks again; the constraint decides the others.
    row = _payable(session, charge)
    if row is None:
        return False
    lock_payer(session, row.account_id)
    session.refresh(row)
    wanted = not isinstance(row, SubscriptionRow) or is_wanted(charge.paid_at, row.unwanted_from)
    payment = PaymentRow(
        id=str(uuid.uuid4()),
        account_id=row.account_id,
        source_id=row.id,
        provider_id=charge.provider_id,
        amount_minor=charge.amount.minor,
        fee_minor=charge.fee.minor,
        currency=charge.amount.currency,
        paid_at=charge.paid_at,
        wanted=wanted,
    )
    if not try_add(session, payment):
        return True
    tell(session, _completed(row, payment), now)
    if isinstance(row, PurchaseRow):
        row.state = PurchaseState.COMPLETED
        session.add(row)
    refunds.tell_refunds(session, payment.provider_id, now)
    left = payment.amount_minor - refunds.refunded_minor(session, payment.provider_id)
    if not wanted and left > 0:
        refunds.plan_refund(session, payment, left, reason=refunds.NOT_WANTED, key=None, now=now)
    return True


def _payable(session: Session, charge: Charged) -> SubscriptionRow | PurchaseRow | None:
    if charge.subscription is None:
        return session.get(PurchaseRow, charge.own_id)
    query = select(SubscriptionRow).where(SubscriptionRow.provider_id == charge.subscription)
    return session.exec(query).first()


def _completed(row: SubscriptionRow | PurchaseRow, payment: PaymentRow) -> Happening:
    begins: datetime = payment.paid_at
    ends: datetime | None = None
    partial = False
    if isinstance(row, SubscriptionRow):
        partial = is_fee(payment.paid_at, fee_minor=row.fee_minor, starts_at=row.starts_at)
        if partial:
            ends = row.starts_at
        else:
            begins, ends = month_of(row.anchor_at or row.created_at, payment.paid_at)
    return PaymentCompleted(
        payment=payment.id,
        account=payment.account_id,
        source=row.id,
        what=row.plan if isinstance(row, SubscriptionRow) else row.item,
        amount=Money(minor=payment.amount_minor, currency=payment.currency),
        fee=Money(minor=payment.fee_minor, currency=payment.currency),
        paid_at=payment.paid_at,
        begins=begins,
        ends=ends,
        partial=partial,
        wanted=payment.wanted,
    )
