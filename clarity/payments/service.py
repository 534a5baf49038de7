"""Use cases of the payment service. They flush; who calls them commits.

Everything about one account is decided under the lock of its payer's row, so that its
messages are numbered in the order in which they became true.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from sqlmodel import Session, col, func, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments import facts, refunds
from clarity.payments.messages import (
    PurchaseState,
    SubscriptionState,
    TransferState,
)
from clarity.payments.payers import lock_payer
from clarity.payments.provider import OrderTold
from clarity.payments.rules import APPROVAL_LIFE, PENDING, SUSPENDED_LIFE
from clarity.payments.tables import (
    EventRow,
    PaymentRow,
    PayoutRow,
    PurchaseRow,
    RefundRow,
    SubscriptionRow,
)

Row = TypeVar("Row", SubscriptionRow, PurchaseRow)


class PaymentNotFound(ClarityError):
    """There is no such payment."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "payment-not-found"
    hint = "GET /v1/payments lists the payments of the account."


class PaymentKeyReused(ClarityError):
    """An Idempotency-Key came back with another wish."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "payment-key-reused"
    hint = "Use a new Idempotency-Key for every new wish; repeat a key only with the same one."


class RefundTooLarge(ClarityError):
    """More would go back than came in."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refund-too-large"
    hint = "Refund at most what is left of the payment."


class NothingOverdue(ClarityError):
    """No month of the subscription is unpaid."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "nothing-overdue"
    hint = "Nothing needs to be done."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A subscription that an account asks for.

    Attributes:
        key: idempotency key as it is stored; None for a request without one.
        digest: of what is asked for.
        fee: due at the agreement, besides the price.
        starts_at: of the first regular charge; None: at the agreement.
    """

    account: str
    plan: str
    price: Money
    fee: Money
    starts_at: datetime | None
    key: str | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something an account asks to buy singly."""

    account: str
    item: str
    amount: Money
    key: str | None
    digest: str


def open_subscription(session: Session, wish: Wish, now: datetime) -> SubscriptionRow:
    """Write a wish down; wishes that are not agreed to yet give way to it.

    Raises:
        PaymentKeyReused: the key belongs to another wish.
    """
    lock_payer(session, wish.account)
    known = by_key(session, SubscriptionRow, wish.key, wish.digest)
    if known is not None:
        return known
    _drop_pending(session, wish.account)
    row = SubscriptionRow(
        id=str(uuid.uuid4()),
        account_id=wish.account,
        plan=wish.plan,
        price_minor=wish.price.minor,
        fee_minor=wish.fee.minor,
        currency=wish.price.currency,
        created_at=now,
        starts_at=wish.starts_at,
        idempotency_key=wish.key,
        request_digest=wish.digest,
        state=SubscriptionState.CREATED,
    )
    session.add(row)
    session.flush()
    return row


def open_purchase(session: Session, order: Order, now: datetime) -> PurchaseRow:
    """Write an order down; raises as `open_subscription`."""
    lock_payer(session, order.account)
    known = by_key(session, PurchaseRow, order.key, order.digest)
    if known is not None:
        return known
    row = PurchaseRow(
        id=str(uuid.uuid4()),
        account_id=order.account,
        item=order.item,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        created_at=now,
        idempotency_key=order.key,
        request_digest=order.digest,
        state=PurchaseState.CREATED,
    )
    session.add(row)
    session.flush()
    return row


def end_subscription(session: Session, account: str, now: datetime) -> SubscriptionRow | None:
    """The account wants to pay no longer: nothing charged from now on is kept."""
    payer = lock_payer(session, account)
    _drop_pending(session, account)
    current = session.get(SubscriptionRow, payer.current_id) if payer.current_id else None
    if current is not None:
        facts.let_go(session, current, max(now, _after_known_charges(session, current)))
        payer.current_id = None
        session.add(payer)
        facts.tell_standing(session, current, now)
    session.flush()
    return current


def ask_retry(session: Session, account: str, now: datetime) -> SubscriptionRow:
    """The account wants an unpaid month to be charged again.

    Raises:
        NothingOverdue: every month is paid.
    """
    payer = lock_payer(session, account)
    row = session.get(SubscriptionRow, payer.current_id) if payer.current_id else None
    if row is None or row.overdue_minor == 0:
        raise NothingOverdue("Every month is paid.")
    row.retried_at = now
    session.add(row)
    session.flush()
    return row


def ask_refund(
    session: Session, payment_id: str, amount: Money | None, *, key: str | None, now: datetime
) -> RefundRow:
    """Write down that a payment, or a part of it, is to go back.

    Args:
        payment_id: our identifier.
        amount: None for all that is left.
        key: idempotency key as it is stored.

    Raises:
        PaymentNotFound: there is no such payment.
        RefundTooLarge: less than this is left of it, or nothing.
    """
    payment = session.get(PaymentRow, payment_id)
    if payment is None:
        raise PaymentNotFound("There is no such payment.")
    lock_payer(session, payment.account_id)
    known = select(RefundRow).where(RefundRow.idempotency_key == key)
    if key is not None and (row := session.exec(known).first()) is not None:
        if row.payment_provider_id != payment.provider_id:
            raise PaymentKeyReused("This Idempotency-Key was used for another refund.")
        return row
    left = payment.amount_minor - refunds.refunded_minor(session, payment.provider_id)
    wanted = left if amount is None else amount.minor
    if not 0 < wanted <= left or (amount and amount.currency != payment.currency):
        rest = Money(minor=left, currency=payment.currency)
        raise RefundTooLarge(f"Of this payment {rest} can still be refunded.")
    return refunds.plan_refund(session, payment, wanted, reason="asked", key=key, now=now)


def ask_payout(
    session: Session, account: str, *, receiver: str, amount: Money, key: str, now: datetime
) -> PayoutRow:
    """Write down that money is to be sent to a user; once per key."""
    lock_payer(session, account)
    row = session.exec(select(PayoutRow).where(PayoutRow.idempotency_key == key)).first()
    if row is not None:
        if (row.account_id, row.amount_minor) != (account, amount.minor):
            raise PaymentKeyReused("This Idempotency-Key was used for another payout.")
        return row
    row = PayoutRow(
        id=str(uuid.uuid4()),
        account_id=account,
        receiver=receiver,
        amount_minor=amount.minor,
        currency=amount.currency,
        state=TransferState.REQUESTED,
        idempotency_key=key,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def attach_order(session: Session, purchase_id: str, told: OrderTold) -> None:
    """The provider knows a purchase now."""
    row = session.get(PurchaseRow, purchase_id, populate_existing=True)
    if row is None or row.state == PurchaseState.COMPLETED:
        return
    row.provider_id = told.provider_id
    row.approve_url = told.approve_url or row.approve_url
    row.state = PurchaseState.APPROVAL_PENDING
    session.add(row)
    session.flush()


def give_up(session: Session, subscription_id: str, now: datetime) -> None:
    """Let go of a wish that nobody agreed to in time, and of a month that nobody paid."""
    row = session.get(SubscriptionRow, subscription_id, populate_existing=True)
    if row is None or row.unwanted_from is not None:
        return
    waits_since = row.told_at or row.created_at
    if row.state == SubscriptionState.APPROVAL_PENDING and now - row.created_at > APPROVAL_LIFE:
        row.state = SubscriptionState.ABANDONED
        facts.drop(session, row)
    elif row.state == SubscriptionState.SUSPENDED and now - waits_since > SUSPENDED_LIFE:
        end_subscription(session, row.account_id, now)
    session.flush()


def give_up_purchase(session: Session, purchase_id: str, now: datetime) -> None:
    """Let go of a purchase that nobody agreed to in time."""
    row = session.get(PurchaseRow, purchase_id, populate_existing=True)
    pending = row is not None and row.state == PurchaseState.APPROVAL_PENDING
    if row is not None and pending and now - row.created_at > APPROVAL_LIFE:
        row.state = PurchaseState.ABANDONED
        session.add(row)
        session.flush()


def is_known_event(session: Session, event_id: str) -> bool:
    return session.get(EventRow, event_id) is not None


def claim_event(session: Session, event_id: str, kind: str, now: datetime) -> bool:
    """Take an event, for good, in the transaction that writes what it tells.

    Returns:
        False if another transaction has it already.
    """
    return try_add(session, EventRow(id=event_id, kind=kind, received_at=now))


def by_key(session: Session, table: type[Row], key: str | None, digest: str) -> Row | None:
    """What a key made; raises `PaymentKeyReused` if that was something else."""
    if key is None:
        return None
    row = session.exec(select(table).where(col(table.idempotency_key) == key)).first()
    if row is not None and row.request_digest != digest:
        raise PaymentKeyReused("This Idempotency-Key was used for another wish.")
    return row


def _after_known_charges(session: Session, row: SubscriptionRow) -> datetime:
    """The first moment after everything that is known to be paid, by the provider's clock.

    What was paid before the owner ended it stays paid, even if that clock is ahead of ours.
    """
    query = select(func.max(PaymentRow.paid_at)).where(PaymentRow.source_id == row.id)
    latest = session.exec(query).one()
    return latest + timedelta(microseconds=1) if latest else row.created_at


def _drop_pending(session: Session, account: str) -> None:
    """Nothing that nobody was seen to agree to is wanted any more, whatever it charges."""
    query = select(SubscriptionRow).where(
        SubscriptionRow.account_id == account,
        col(SubscriptionRow.state).in_([*PENDING, SubscriptionState.ABANDONED]),
        col(SubscriptionRow.unwanted_from).is_(None),
    )
    for row in session.exec(query).all():
        facts.drop(session, row)
