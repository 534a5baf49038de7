"""Working off what the database says is still to be done at the provider."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from clarity.clock import Clock
from clarity.database import Database
from clarity.money import Money
from clarity.payments import facts, refunds
from clarity.payments.messages import PayoutCompleted, SubscriptionState, TransferState
from clarity.payments.outbox import tell
from clarity.payments.paypal.api import PayPal
from clarity.payments.paypal.connection import ProviderRefused, ProviderUnreachable
from clarity.payments.provider import Fact, PayoutTold
from clarity.payments.rules import LIVE
from clarity.payments.tables import PaymentRow, PayoutRow, RefundRow, SubscriptionRow

log = structlog.get_logger("clarity.payments")

LOOK_BACK = timedelta(days=2)
"""The provider's clock and ours may differ, and a charge may precede what announces it."""


class Settlement:
    """Ends subscriptions that are not wanted and sends money that is to be sent.

    Everything here may be repeated at any time and by several processes at once.
    """

    def __init__(self, database: Database, paypal: PayPal, clock: Clock) -> None:
        self._database = database
        self._paypal = paypal
        self._now = clock

    def settle(self, account: str | None = None) -> None:
        """Work off everything of one account, or of all. What fails now is for the next time."""
        try:
            self.end_subscriptions(account)
            self.send_refunds(self._open_refunds(account))
            if account is None:
                self.send_payouts(self._open_payouts())
        except ProviderUnreachable as error:
            log.warning("settling-later", reason=error.message)

    def look_at(self, row: SubscriptionRow) -> list[Fact]:
        """How a subscription stands at the provider, with everything it was charged."""
        provider_id = row.provider_id or ""
        told = self._paypal.subscription(provider_id)
        if told.state not in {*LIVE, SubscriptionState.CANCELLED, SubscriptionState.EXPIRED}:
            return [told]
        since, until = row.created_at - LOOK_BACK, self._now() + LOOK_BACK
        charges = self._paypal.charges(provider_id, since=since, until=until)
        return [told, *charges]

    def end_subscriptions(self, account: str | None = None) -> None:
        """Cancel at the provider what is not wanted, let go on what was paid late."""
        for row in self._due(account):
            provider_id = row.provider_id or ""
            try:
                if row.unwanted_from is not None:
                    self._paypal.cancel_subscription(provider_id)
                else:
                    self._paypal.activate_subscription(provider_id)
                self._note(self.look_at(row))
            except ProviderRefused as error:
                # The next one must not wait for it; it is tried again every time.
                log.error("not-ended", subscription=row.id, issue=error.issue)

    def send_refunds(self, refund_ids: Sequence[str]) -> None:
        """Carry refunds out; one that the provider declines has failed."""
        for refund_id in refund_ids:
            with self._database.read() as session:
                row = session.get(RefundRow, refund_id)
            if row is None or row.state != TransferState.REQUESTED:
                continue
            amount = Money(minor=row.amount_minor, currency=row.currency)
            try:
                told = self._paypal.refund(row.payment_provider_id, amount, number=row.id)
            except ProviderRefused as error:
                log.error("refund-declined", refund=row.id, issue=error.issue)
                with self._database.write() as session:
                    refunds.fail_refund(session, row.id, self._now())
                continue
            with self._database.write() as session:
                refunds.finish_refund(session, row.id, told, self._now())

    def send_payouts(self, payout_ids: Sequence[str]) -> None:
        """Carry payouts out, and see what became of those under way."""
        for payout_id in payout_ids:
            with self._database.read() as session:
                row = session.get(PayoutRow, payout_id)
            if row is None or row.state != TransferState.REQUESTED:
                continue
            try:
                told = self._send_payout(row)
            except ProviderRefused as error:
                log.error("payout-declined", payout=row.id, issue=error.issue)
                self._fail_payout(row.id)
                continue
            with self._database.write() as session:
                _note_payout(session, row.id, told, self._now())

    def refunds_of(self, payment_provider_id: str) -> list[str]:
        """Refunds of ours of a payment that are under way."""
        with self._database.read() as session:
            query = select(RefundRow.id).where(
                RefundRow.payment_provider_id == payment_provider_id,
                RefundRow.state == TransferState.REQUESTED,
            )
            return list(session.exec(query).all())

    def _send_payout(self, row: PayoutRow) -> PayoutTold:
        if row.provider_id is not None:
            return self._paypal.payout(row.provider_id)
        amount = Money(minor=row.amount_minor, currency=row.currency)
        return self._paypal.create_payout(row.id, receiver=row.receiver or "", amount=amount)

    def _due(self, account: str | None) -> Sequence[SubscriptionRow]:
        """Live ones that are not wanted, and suspended ones that were paid late."""
        paid_late = (
            (col(SubscriptionRow.state) == SubscriptionState.SUSPENDED)
            & (col(SubscriptionRow.overdue_minor) == 0)
            & col(SubscriptionRow.retried_at).is_not(None)
        )
        query = select(SubscriptionRow).where(
            col(SubscriptionRow.state).in_(LIVE),
            col(SubscriptionRow.unwanted_from).is_not(None) | paid_late,
        )
        if account is not None:
            query = query.where(SubscriptionRow.account_id == account)
        with self._database.read() as session:
            return session.exec(query).all()

    def _open_refunds(self, account: str | None) -> list[str]:
        query = select(RefundRow.id).where(RefundRow.state == TransferState.REQUESTED)
        if account is not None:
            own = select(PaymentRow.provider_id).where(PaymentRow.account_id == account)
            query = query.where(col(RefundRow.payment_provider_id).in_(own))
        with self._database.read() as session:
            return list(session.exec(query).all())

    def _open_payouts(self) -> list[str]:
        query = select(PayoutRow.id).where(PayoutRow.state == TransferState.REQUESTED)
        with self._database.read() as session:
            return list(session.exec(query).all())

    def _note(self, told: Sequence[Fact]) -> None:
        with self._database.write() as session:
            for fact in told:
                facts.note(session, fact, self._now())

    def _fail_payout(self, payout_id: str) -> None:
        with self._database.write() as session:
            row = session.get(PayoutRow, payout_id)
            if row is not None and row.state == TransferState.REQUESTED:
                row.state = TransferState.FAILED
                row.receiver = None
                session.add(row)


def _note_payout(session: Session, payout_id: str, told: PayoutTold, now: datetime) -> None:
    query = select(PayoutRow).where(PayoutRow.id == payout_id).with_for_update()
    row = session.exec(query, execution_options={"populate_existing": True}).one()
    if row.state != TransferState.REQUESTED:
        return
    row.provider_id = told.provider_id
    if told.done is not None:
        row.state = TransferState.COMPLETED if told.done else TransferState.FAILED
        row.receiver = None
    session.add(row)
    session.flush()
    if told.done:
        amount = Money(minor=row.amount_minor, currency=row.currency)
        happening = PayoutCompleted(
            payout=row.id,
            account=row.account_id,
            amount=amount,
            fee=told.fee,
            paid_at=told.paid_at,
        )
        tell(session, happening, now)
