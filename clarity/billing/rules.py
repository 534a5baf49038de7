"""Pure decisions of the billing service."""

from clarity.billing.messages import InvoiceState

INVOICES, CREDIT_NOTES = "invoice", "credit-note"
BASIS = 10_000
"""Basis points of the whole."""


def tax_within(total_minor: int, basis_points: int) -> int:
    """Tax that is within a total, in minor units, rounded half up.

    Args:
        total_minor: at least 0.
        basis_points: of the net amount; 1500 is 15 %.
    """
    whole = BASIS + basis_points
    return (2 * total_minor * basis_points + whole) // (2 * whole)


def tax_of_part(tax_minor: int, total_minor: int, *, before: int, part: int) -> int:
    """Tax within a part of a total that is credited in pieces.

    Cumulative, so that the pieces of a whole add up to the whole's tax exactly.

    Args:
        tax_minor, total_minor: of the invoice.
        before: what was credited already.
        part: what is credited now.
    """
    return tax_minor * (before + part) // total_minor - tax_minor * before // total_minor


def invoice_number(prefix: str, number: int) -> str:
    return f"{prefix}{number:06d}"


def credit_note_number(prefix: str, number: int) -> str:
    return f"{prefix}C{number:06d}"


def invoice_state(total: int, credited: int, *, paid: bool) -> InvoiceState:
    """State of an invoice of which `credited` minor units were taken back."""
    if credited >= total:
        return InvoiceState.CREDITED
    return InvoiceState.PAID if paid else InvoiceState.OPEN
