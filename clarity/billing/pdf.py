"""Invoices and credit notes as PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.errors import FPDFException
from fpdf.fonts import FontFace

from clarity.billing.messages import CreditNote, Invoice, InvoiceState
from clarity.errors import ClarityError
from clarity.money import Money

INK, QUIET, ACCENT = (23, 35, 45), (85, 99, 110), (28, 93, 120)
MARGIN = 20
_FAMILY = "bill"


class UnprintableSeller(ClarityError):
    """The seller's name or address has letters that the bill's font lacks."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "unprintable-seller"
    hint = "The operator sets CLARITY_INVOICE_FONT to a TrueType file that has the letters."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who issues the bills.

    Attributes:
        address: lines.
        tax_name: as the country calls the tax.
        font: TrueType file; None for the built-in one, which has Western Europe's letters.
    """

    name: str
    address: Sequence[str] = ()
    tax_number: str = ""
    tax_name: str = "VAT"
    font: Path | None = None


def invoice_pdf(invoice: Invoice, seller: Seller, *, account: str) -> bytes:
    """An invoice on one page.

    Args:
        invoice: to be shown.
        seller: who issues it.
        account: number of the customer; nothing else of them is known to billing.

    Raises:
        UnprintableSeller: the font lacks a letter.
    """
    facts = [
        ("Invoice", invoice.number),
        ("Date", _day(invoice.issued_at)),
        ("Customer", account),
        ("Period", _period(invoice)),
    ]
    if invoice.state is InvoiceState.OPEN:
        note = "This invoice is open."
    elif invoice.paid_at is not None:
        note = f"Paid with PayPal on {_day(invoice.paid_at)}."
    else:
        note = ""
    credits = ", ".join(credit.number for credit in invoice.credit_notes)
    note += f" Taken back by credit note {credits}." if credits else ""
    return _page("Invoice", facts, invoice.text, _amounts(invoice, invoice, seller), note, seller)


def credit_note_pdf(invoice: Invoice, note: CreditNote, seller: Seller, *, account: str) -> bytes:
    """A credit note on one page; arguments and errors as of `invoice_pdf`."""
    facts = [
        ("Credit note", note.number),
        ("Date", _day(note.issued_at)),
        ("Customer", account),
        ("For invoice", f"{note.invoice} of {_day(invoice.issued_at)}"),
    ]
    words = f"{note.reason}: {invoice.text}"
    amounts = _amounts(note, invoice, seller)
    return _page("Credit note", facts, words, amounts, "", seller)


def _page(
    title: str,
    facts: Sequence[tuple[str, str]],
    text: str,
    amounts: Sequence[tuple[str, Money]],
    note: str,
    seller: Seller,
) -> bytes:
    try:
        pdf = _begin(title, facts[0][1], seller)
        _head(pdf, title, seller)
        _facts(pdf, facts)
        _lines(pdf, text, amounts)
        _foot(pdf, note)
        return bytes(pdf.output())
    except FPDFException as error:
        raise UnprintableSeller("The bill cannot be printed in its font.") from error


def _begin(title: str, number: str, seller: Seller) -> FPDF:
    pdf = FPDF(format="A4")
    if seller.font is not None:
        for style in ("", "B"):
            pdf.add_font(_FAMILY, style, seller.font)
        pdf.set_font(_FAMILY)
    else:
        pdf.set_font("Helvetica")
    pdf.set_title(f"{title} {number}")
    pdf.set_author(seller.name)
    pdf.set_lang("en")
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(False)
    pdf.add_page()
    return pdf


def _head(pdf: FPDF, title: str, seller: Seller) -> None:
    pdf.set_text_color(ACCENT)
    pdf.set_font(style="B", size=22)
    pdf.cell(0, 10, seller.name, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_text_color(QUIET)
    pdf.set_font(style="", size=10)
    tax = [f"{seller.tax_name} number {seller.tax_number}"] if seller.tax_number else []
    for line in [*seller.address, *tax]:
        pdf.cell(0, 5, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(14)
    pdf.set_text_color(INK)
    pdf.set_font(style="B", size=16)
    pdf.cell(0, 10, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(2)


def _facts(pdf: FPDF, facts: Sequence[tuple[str, str]]) -> None:
    pdf.set_font(style="", size=10)
    for name, value in facts:
        pdf.set_text_color(QUIET)
        pdf.cell(32, 6, name)
        pdf.set_text_color(INK)
        pdf.cell(0, 6, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(10)


def _lines(pdf: FPDF, text: str, amounts: Sequence[tuple[str, Money]]) -> None:
    currency = amounts[0][1].currency
    heading = FontFace(emphasis="BOLD", color=QUIET)
    pdf.set_draw_color(213, 218, 227)
    with pdf.table(
        col_widths=(3, 1),
        text_align=(Align.L, Align.R),
        borders_layout="HORIZONTAL_LINES",
        headings_style=heading,
        line_height=8,
        padding=1,
    ) as table:
        table.row(("Service", f"Amount in {currency}"))
        first, *rest = amounts
        table.row((text, first[1].decimal))
        for name, amount in rest:
            bold = FontFace(emphasis="BOLD") if name == "Total" else None
            table.row((name, amount.decimal), style=bold)
    pdf.ln(8)


def _foot(pdf: FPDF, note: str) -> None:
    pdf.set_text_color(INK)
    if note.strip():
        pdf.multi_cell(0, 6, note.strip())


def _amounts(
    bill: Invoice | CreditNote, invoice: Invoice, seller: Seller
) -> list[tuple[str, Money]]:
    """Net, tax and total; the net alone where there is no tax."""
    if not invoice.tax_basis_points:
        return [("Net", bill.total), ("Total", bill.total)]
    percent = f"{invoice.tax_basis_points / 100:g} %"
    return [
        ("Net", bill.net),
        (f"{seller.tax_name} {percent}", bill.tax),
        ("Total", bill.total),
    ]


def _period(invoice: Invoice) -> str:
    if invoice.period_end is None:
        return _day(invoice.period_start)
    # At the same time of day on both: "until" takes part of the last one in.
    return f"{_day(invoice.period_start)} until {_day(invoice.period_end)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
