"""Bills: what comes next, what was, each as a PDF."""

from functools import partial

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import downloads, markup, session
from clarity.billing.messages import Invoice, InvoiceState

STATES = {
    InvoiceState.OPEN: "open",
    InvoiceState.PAID: "paid",
    InvoiceState.CREDITED: "taken back",
}
PAGE = 24
"""Bills shown at once: two years of them."""


def show() -> None:
    """Upcoming and past bills."""
    st.html(
        '<header class="hero"><h1>Bills</h1><p>What you paid, and what comes next. A bill names '
        "your account by its number only, and is kept as long as tax law asks.</p></header>"
    )
    try:
        bills = session.wallet().bills()
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    for upcoming in bills.upcoming:
        st.info(
            f"Next: {upcoming.total} on {upcoming.due_at:%d %B %Y}, {upcoming.text}.",
            icon=":material/event_upcoming:",
        )
    if not bills.invoices:
        st.html(
            markup.empty(
                "No bills yet.", "They appear with the first payment.", ("/plans", "See the plans")
            )
        )
    with st.container(key="bills"):
        for invoice in bills.invoices[:PAGE]:
            _row(invoice)


def _row(invoice: Invoice) -> None:
    with st.container(border=True):
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.html(
            markup.facts(
                {
                    "Invoice": invoice.number,
                    "Date": f"{invoice.issued_at:%d %B %Y}",
                    "For": invoice.text,
                    "Amount": f"{invoice.total}, {STATES[invoice.state]}",
                }
            )
        )
        with button:
            _file("Invoice", invoice.number, credit_note=False)
            for note in invoice.credit_notes:
                _file("Credit note", note.number, credit_note=True)


def _file(kind: str, number: str, *, credit_note: bool) -> None:
    downloads.button(
        f"{kind} (PDF)",
        partial(session.wallet().bill, number, credit_note=credit_note),
        name=f"{number}.pdf",
        mime="application/pdf",
        icon=downloads.PAPER,
        key=f"bill-{number}",
    )
