"""From the outbox of payments into the books of billing: every message once, in order.

The books keep the message's number in the same transaction, so a delivery that is cut off
before the outbox hears of it is repeated and changes nothing.
"""

from clarity.billing import messages as books
from clarity.billing import service as billing
from clarity.billing.service import Taxes
from clarity.checkout.words import Witness, remark
from clarity.clock import Clock
from clarity.database import Database
from clarity.payments import outbox
from clarity.payments.messages import (
    ChargeFailed,
    Happening,
    PaymentCompleted,
    PaymentRefunded,
    PayoutCompleted,
    SubscriptionChanged,
)
from clarity.plans import table
from clarity.plans.table import UnknownExtra, UnknownPlan

PAGE = 50


class Relay:
    """Delivers. Several may run at once; each keeps the order.

    Args:
        payments, billing_books: databases of the two services.
        taxes: for invoices that are issued.
        clock: the present moment.
        witness: is told what happened, for the customer's record.
    """

    def __init__(
        self,
        payments: Database,
        billing_books: Database,
        *,
        taxes: Taxes,
        clock: Clock,
        witness: Witness | None = None,
    ) -> None:
        self._witness = witness
        self._payments = payments
        self._books = billing_books
        self._taxes = taxes
        self._now = clock

    def run(self) -> int:
        """Deliver everything that waits; gives how many messages it were."""
        delivered = 0
        while True:
            with self._payments.read() as session:
                page = outbox.waiting(session, limit=PAGE)
            for envelope in page:
                entry = entry_of(envelope.happening)
                with self._books.write() as session:
                    billing.enter(session, envelope.number, entry, taxes=self._taxes)
                if self._witness is not None:
                    self._witness(remark(envelope.number, entry))
            if page:
                numbers = [envelope.number for envelope in page]
                with self._payments.write() as session:
                    outbox.mark_delivered(session, numbers, self._now())
            delivered += len(page)
            if len(page) < PAGE:
                return delivered


def entry_of(happening: Happening) -> books.Entry:
    """What happened at the till, in the words of the books."""
    match happening:
        case PaymentCompleted(wanted=False):
            return books.ReceivedInError(
                payment=happening.payment,
                account=happening.account,
                amount=happening.amount,
                fee=happening.fee,
                paid_at=happening.paid_at,
            )
        case PaymentCompleted():
            return books.Received(
                **happening.model_dump(exclude={"kind", "wanted", "partial"}),
                text=title_of(happening.what, partial=happening.partial),
            )
        case PaymentRefunded():
            return books.Returned(
                refund=happening.refund,
                payment=happening.payment,
                account=happening.account,
                amount=happening.amount,
                returned_at=happening.refunded_at,
            )
        case ChargeFailed():
            return books.Unpaid(
                **happening.model_dump(exclude={"kind"}), text=title_of(happening.what)
            )
        case SubscriptionChanged():
            return books.Renewal(
                account=happening.account,
                source=happening.source,
                what=happening.what,
                text=title_of(happening.what),
                price=happening.price,
                due_at=happening.next_charge_at,
                ended=happening.ended,
                at=happening.at,
            )
        case PayoutCompleted():
            return books.SentOut(**happening.model_dump(exclude={"kind"}))


def title_of(what: str, *, partial: bool = False) -> str:
    """How a bill names a plan or an extra, also one that the table has no longer."""
    try:
        rest = "change of plan, rest of the month" if partial else "one month"
        return f"Clarity {table.find_plan(what).title}, {rest}"
    except UnknownPlan:
        pass
    try:
        return table.find_extra(what).title
    except UnknownExtra:
        return what
