"""An account's bills, as data and as PDF."""

from clarity.billing import history, pdf
from clarity.billing.messages import History, Invoice
from clarity.billing.pdf import Seller
from clarity.database import Database


class Bills:
    """Reads the books.

    Args:
        books: database of the billing service.
        seller: who issues the bills.
        prefix: stands before their numbers.
    """

    def __init__(self, books: Database, seller: Seller, prefix: str) -> None:
        self._books = books
        self._seller = seller
        self._prefix = prefix

    def history(self, account: str) -> History:
        """Every bill of an account, the newest first, and what comes next."""
        with self._books.read() as session:
            return history.history(session, account, self._prefix)

    def invoice(self, account: str, number: str) -> Invoice:
        """An invoice of the account; raises `InvoiceNotFound`."""
        with self._books.read() as session:
            return history.invoice(session, account, number, self._prefix)

    def invoice_pdf(self, account: str, number: str) -> bytes:
        """An invoice as PDF; raises `InvoiceNotFound`, `UnprintableSeller`."""
        return pdf.invoice_pdf(self.invoice(account, number), self._seller, account=account)

    def credit_note_pdf(self, account: str, number: str) -> bytes:
        """A credit note as PDF; raises as `invoice_pdf`."""
        with self._books.read() as session:
            invoice, note = history.credit_note(session, account, number, self._prefix)
        return pdf.credit_note_pdf(invoice, note, self._seller, account=account)
