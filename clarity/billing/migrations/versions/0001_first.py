"""Invoices, credit notes, renewals and the ledger."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("inbox", sa.Column("number", sa.Integer, primary_key=True, autoincrement=False))
    op.create_table(
        "series",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("next_number", sa.Integer, nullable=False),
    )
    # Both series exist from the start: their rows are what numbering locks.
    series = sa.table("series", sa.column("name", sa.String), sa.column("next_number", sa.Integer))
    op.bulk_insert(
        series,
        [{"name": "invoice", "next_number": 1}, {"name": "credit-note", "next_number": 1}],
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("source_id", sa.String(36), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("period_start", Moment, nullable=False),
        sa.Column("period_end", Moment),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("net_minor", sa.Integer, nullable=False),
        sa.Column("tax_minor", sa.Integer, nullable=False),
        sa.Column("tax_basis_points", sa.Integer, nullable=False),
        sa.Column("payment_id", sa.String(36)),
        sa.Column("paid_at", Moment),
        sa.UniqueConstraint("number", name="invoice_number"),
        sa.UniqueConstraint("payment_id", name="invoice_payment"),
    )
    op.create_index("invoice_account", "invoice", ["account_id", "issued_at"])
    op.create_index("invoice_source", "invoice", ["source_id", "period_start"])
    op.create_table(
        "credit_note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("invoice_id", sa.Integer, sa.ForeignKey("invoice.id"), nullable=False),
        sa.Column("refund_id", sa.String(36)),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("net_minor", sa.Integer, nullable=False),
        sa.Column("tax_minor", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.UniqueConstraint("number", name="credit_note_number"),
        sa.UniqueConstraint("refund_id", name="credit_note_refund"),
    )
    op.create_index("credit_note_invoice", "credit_note", ["invoice_id"])
    op.create_table(
        "unapplied",
        sa.Column("payment_id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
    )
    op.create_table(
        "renewal",
        sa.Column("source_id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("price_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
    )
    op.create_index("renewal_account", "renewal", ["account_id"])
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("happened_at", Moment, nullable=False),
        sa.UniqueConstraint("event", name="ledger_entry_event"),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("ledger_entry.id"), primary_key=True),
        sa.Column("book", sa.String(16), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
    )
    op.create_index("ledger_posting_account", "ledger_posting", ["book", "currency"])


def downgrade() -> None:
    for table in (
        "ledger_posting",
        "ledger_entry",
        "renewal",
        "unapplied",
        "credit_note",
        "invoice",
        "series",
        "inbox",
    ):
        op.drop_table(table)
