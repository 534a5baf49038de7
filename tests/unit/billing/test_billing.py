"""The books: numbers without gaps, taxes to the cent, entries that balance, bills that print."""

from datetime import UTC, datetime

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.billing import history, ledger, service
from clarity.billing.ledger import Book, Unbalanced
from clarity.billing.messages import (
    Invoice,
    InvoiceState,
    Received,
    Renewal,
    Returned,
    Unpaid,
)
from clarity.billing.pdf import Seller, UnprintableSeller, invoice_pdf
from clarity.billing.rules import tax_of_part, tax_within
from clarity.billing.service import PaymentUnknown, Taxes
from clarity.database import Database
from clarity.money import Money

ACCOUNT, NOW = "11111111-1111-4111-8111-111111111111", datetime(2026, 1, 15, 9, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 15, tzinfo=UTC) for month in (1, 2, 3))
TAXES = Taxes(basis_points=1500)


def usd(minor):
    return Money(minor=minor, currency="USD")


@pytest.fixture
def books(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/billing.sqlite", package="clarity.billing")
    database.upgrade()
    yield database
    database.close()


def received(payment="p1", minor=600, begins=JANUARY, ends=FEBRUARY):
    return Received(
        payment=payment,
        account=ACCOUNT,
        source="s1",
        what="plus",
        text="Clarity Plus, one month",
        amount=usd(minor),
        fee=usd(39),
        paid_at=NOW,
        begins=begins,
        ends=ends,
    )


def unpaid(begins=FEBRUARY, ends=MARCH):
    given = received(begins=begins, ends=ends).model_dump(
        exclude={"kind", "payment", "fee", "paid_at"}
    )
    return Unpaid(**given, failed_at=NOW)


def returned(minor, refund="r1", payment="p1"):
    return Returned(
        refund=refund, payment=payment, account=ACCOUNT, amount=usd(minor), returned_at=NOW
    )


def renewal(*, ended, due_at=None):
    return Renewal(
        account=ACCOUNT,
        source="s1",
        what="plus",
        text="t",
        price=usd(600),
        due_at=due_at,
        ended=ended,
        at=NOW,
    )


def enter(books, *entries, first=1):
    with books.write() as session:
        return [
            service.enter(session, number, entry, taxes=TAXES)
            for number, entry in enumerate(entries, first)
        ]


def bills(books):
    with books.read() as session:
        return history.history(session, ACCOUNT, "CL-")


def balances(books):
    with books.read() as session:
        return {book.value: ledger.balance(session, book, "USD").minor for book in Book}


def test_a_message_counts_once(books):
    assert enter(books, received()) == [True]
    assert enter(books, received()) == [False]
    (invoice,) = bills(books).invoices
    assert (invoice.number, invoice.state) == ("CL-000001", InvoiceState.PAID)
    found = balances(books)
    assert found == {
        "receivable": 0,
        "provider": 561,
        "fees": 39,
        "payouts": 0,
        "revenue": -522,
        "tax": -78,
        "unapplied": 0,
    }


def test_a_failed_transaction_leaves_no_gap(books):
    with pytest.raises(PaymentUnknown):
        enter(books, received(), returned(1, payment="unknown"))
    enter(books, received())
    assert [bill.number for bill in bills(books).invoices] == ["CL-000001"]


def test_an_unpaid_month_is_paid_later(books):
    enter(books, unpaid())
    assert bills(books).invoices[0].state is InvoiceState.OPEN
    assert balances(books)["receivable"] == 600
    enter(books, received(begins=FEBRUARY, ends=MARCH), first=2)
    (invoice,) = bills(books).invoices
    assert invoice.state is InvoiceState.PAID
    assert balances(books)["receivable"] == 0


def test_what_an_ended_subscription_left_unpaid_is_taken_back(books):
    enter(books, renewal(ended=False, due_at=FEBRUARY), unpaid())
    assert len(bills(books).upcoming) == 1
    enter(books, renewal(ended=True), first=3)
    shown = bills(books)
    assert shown.upcoming == []
    (invoice,) = shown.invoices
    assert invoice.state is InvoiceState.CREDITED
    assert invoice.credit_notes[0].number == "CL-C000001"
    found = balances(books)
    assert found["receivable"] == found["revenue"] == found["tax"] == 0
    with books.read() as session:
        assert history.paid_for(session, ACCOUNT, NOW) == []


def test_a_month_that_was_refunded_is_not_paid_for(books):
    enter(books, received(), returned(200))
    with books.read() as session:
        (paid,) = history.paid_for(session, ACCOUNT, NOW)
    assert (paid.start, paid.end) == (JANUARY, FEBRUARY)
    enter(books, returned(400, "r2"), first=3)
    with books.read() as session:
        assert history.paid_for(session, ACCOUNT, NOW) == []
    (invoice,) = bills(books).invoices
    assert sum(note.tax.minor for note in invoice.credit_notes) == invoice.tax.minor


def test_two_charges_of_one_month_pay_two_months(books):
    enter(books, received("p1"), received("p2"))
    with books.read() as session:
        spans = sorted((p.start, p.end) for p in history.paid_for(session, ACCOUNT, NOW))
    assert spans[0] == (JANUARY, FEBRUARY)
    assert spans[1][0] == FEBRUARY


def test_an_entry_must_balance(books):
    with pytest.raises(Unbalanced), books.write() as session:
        ledger.post(session, "e", {Book.PROVIDER: 1}, currency="USD", account=ACCOUNT, at=NOW)


@given(st.integers(0, 10**7), st.integers(0, 5000))
def test_net_and_tax_are_the_total_and_the_rate(total, rate):
    tax = tax_within(total, rate)
    assert 0 <= tax <= total
    assert abs(tax * (10_000 + rate) - total * rate) * 2 <= 10_000 + rate


@given(st.integers(0, 10**5), st.lists(st.integers(1, 10**4), min_size=1, max_size=8))
def test_credited_pieces_add_up_to_the_whole_tax(tax, pieces):
    total, before, credited = sum(pieces), 0, 0
    for piece in pieces:
        credited += tax_of_part(tax, total, before=before, part=piece)
        before += piece
    assert credited == tax


def bill(text="Clarity Plus, one month"):
    return Invoice(
        number="CL-000001",
        state=InvoiceState.OPEN,
        issued_at=NOW,
        paid_at=None,
        text=text,
        period_start=JANUARY,
        period_end=FEBRUARY,
        net=usd(600),
        tax=usd(0),
        tax_basis_points=0,
        total=usd(600),
        credit_notes=[],
    )


def test_a_bill_without_tax_says_no_tax():
    printed = invoice_pdf(bill(), Seller(name="Clarté & Söhne"), account=ACCOUNT)
    document = pypdfium2.PdfDocument(printed)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_bounded()
    assert "Clarté & Söhne" in text
    assert "VAT" not in text
    assert "open" in text


def test_letters_that_the_font_lacks_are_an_error_with_a_hint():
    with pytest.raises(UnprintableSeller) as caught:
        invoice_pdf(bill(), Seller(name="Ясность"), account=ACCOUNT)
    assert "CLARITY_INVOICE_FONT" in caught.value.hint
