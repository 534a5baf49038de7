"""Bills: what comes next, what was, each as a PDF."""

from functools import partial

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import markup, session
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
        '<header class="hero"><h1>Bills</h1><p>What you paid, and what comes next. They name your '
        "account by its number only, and are kept as long as tax law asks.</p></header>"
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
        st.html(markup.empty("No bills yet.", "They appear with the first payment."))
    for invoice in bills.invoices[:PAGE]:
        _row(invoice)


def _row(invoice: Invoice) -> None:
    with st.container(border=True):
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.html(
            markup.facts(
                {
                    invoice.number: invoice.text,
                    f"{invoice.issued_at:%d %B %Y}": f"{invoice.total}, {STATES[invoice.state]}",
                }
            )
        )
        with button:
            _file(invoice.number, credit_note=False)
            for note in invoice.credit_notes:
                _file(note.number, credit_note=True)


def _file(number: str, *, credit_note: bool) -> None:
    st.download_button(
        number,
        # Fetched when it is asked for, and not for every row that is shown.
        data=partial(session.wallet().bill, number, credit_note=credit_note),
        file_name=f"{number}.pdf",
        mime="application/pdf",
        key=f"bill-{number}",
        icon=":material/download:",
        width="stretch",
    )
