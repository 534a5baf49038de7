"""Reading what the payment service keeps."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.errors import ClarityError
from clarity.money import Money
from clarity.payments import refunds
from clarity.payments.messages import (
    Payment,
    Purchase,
    PurchaseState,
    Subscription,
    SubscriptionState,
)
from clarity.payments.rules import ENDED, LIVE, PENDING, RECENT
from clarity.payments.tables import PayerRow, PaymentRow, PurchaseRow, SubscriptionRow


class SubscriptionNotFound(ClarityError):
    """The account has no such subscription."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "subscription-not-found"
    hint = "GET /v1/subscriptions/current shows the subscription of the account."


class PurchaseNotFound(ClarityError):
    """The account has no such purchase."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "purchase-not-found"
    hint = "Take the identifier from the answer to POST /v1/purchases."


def subscription_of(session: Session, account: str, subscription_id: str) -> SubscriptionRow:
    """A subscription of this account; raises `SubscriptionNotFound`."""
    row = session.get(SubscriptionRow, subscription_id)
    if row is None or row.account_id != account:
        raise SubscriptionNotFound("The account has no such subscription.")
    return row


def purchase_of(session: Session, account: str, purchase_id: str) -> PurchaseRow:
    """A purchase of this account; raises `PurchaseNotFound`."""
    row = session.get(PurchaseRow, purchase_id)
    if row is None or row.account_id != account:
        raise PurchaseNotFound("The account has no such purchase.")
    return row


def bought(session: Session, account: str, item: str) -> int:
    """How many of an item an account has bought and not been refunded."""
    query = select(PurchaseRow).where(
        PurchaseRow.account_id == account,
        PurchaseRow.item == item,
        PurchaseRow.state == PurchaseState.COMPLETED.value,
    )
    ids = [row.id for row in session.exec(query)]
    paid = session.exec(select(PaymentRow).where(col(PaymentRow.source_id).in_(ids))).all()
    return sum(refunds.refunded_minor(session, one.provider_id) < one.amount_minor for one in paid)


def current_subscription(session: Session, account: str) -> SubscriptionRow | None:
    """The subscription of an account that renews, if one does."""
    payer = session.get(PayerRow, account)
    return session.get(SubscriptionRow, payer.current_id) if payer and payer.current_id else None


def open_questions(session: Session, account: str, now: datetime) -> Sequence[SubscriptionRow]:
    """Subscriptions of an account of which the provider may know more than we do."""
    query = select(SubscriptionRow).where(
        SubscriptionRow.account_id == account,
        col(SubscriptionRow.provider_id).is_not(None),
        col(SubscriptionRow.state).not_in(ENDED) | (col(SubscriptionRow.told_at) > now - RECENT),
    )
    return session.exec(query).all()


def latest_subscription(session: Session, account: str) -> SubscriptionRow | None:
    """The subscription to show: the live one, else the newest wish that still stands."""
    query = (
        select(SubscriptionRow)
        .where(SubscriptionRow.account_id == account)
        .order_by(col(SubscriptionRow.created_at).desc())
    )
    rows = session.exec(query).all()
    live = [row for row in rows if row.state in LIVE and row.unwanted_from is None]
    open_ = [row for row in rows if row.state in PENDING and row.unwanted_from is None]
    return next(iter([*live, *open_, *rows]), None)


def payments_of(session: Session, account: str, *, limit: int = 100) -> list[Payment]:
    """What an account has paid, newest first."""
    query = (
        select(PaymentRow)
        .where(PaymentRow.account_id == account)
        .order_by(col(PaymentRow.paid_at).desc())
        .limit(limit)
    )
    return [
        Payment(
            id=row.id,
            amount=Money(minor=row.amount_minor, currency=row.currency),
            refunded=Money(
                minor=refunds.refunded_minor(session, row.provider_id), currency=row.currency
            ),
            paid_at=row.paid_at,
        )
        for row in session.exec(query).all()
    ]


def describe_subscription(row: SubscriptionRow) -> Subscription:
    """A subscription as its owner sees it."""

    def money(minor: int) -> Money:
        return Money(minor=minor, currency=row.currency)

    pending = row.state in PENDING and row.unwanted_from is None
    renews = row.state == SubscriptionState.ACTIVE and row.unwanted_from is None
    return Subscription(
        id=row.id,
        plan=row.plan,
        state=SubscriptionState(row.state),
        price=money(row.price_minor),
        due_at_once=money(row.fee_minor),
        starts_at=row.starts_at,
        created_at=row.created_at,
        renews=renews,
        next_charge_at=row.next_charge_at if renews else None,
        overdue=money(row.overdue_minor),
        approve_url=row.approve_url if pending else None,
    )


def describe_purchase(row: PurchaseRow) -> Purchase:
    """A purchase as its owner sees it."""
    pending = row.state == PurchaseState.APPROVAL_PENDING
    return Purchase(
        id=row.id,
        item=row.item,
        state=PurchaseState(row.state),
        amount=Money(minor=row.amount_minor, currency=row.currency),
        created_at=row.created_at,
        approve_url=row.approve_url if pending else None,
    )
