"""Subscriptions, purchases, payments, refunds, payouts, events, outbox."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _account() -> sa.Column:
    reference = sa.ForeignKey("payer.account_id")
    return sa.Column("account_id", sa.String(36), reference, nullable=False)


def upgrade() -> None:
    op.create_table(
        "payer",
        sa.Column("account_id", sa.String(36), primary_key=True),
        sa.Column("current_id", sa.String(36)),
    )
    op.create_table(
        "provider_plan",
        sa.Column("plan", sa.String(32), primary_key=True),
        sa.Column("price_minor", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("place", sa.String(100), primary_key=True),
        sa.Column("provider_id", sa.String(64), nullable=False),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(36), primary_key=True),
        _account(),
        sa.Column("plan", sa.String(32), nullable=False),
        sa.Column("price_minor", sa.Integer, nullable=False),
        sa.Column("fee_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("starts_at", Moment),
        sa.Column("idempotency_key", sa.String(64)),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("provider_id", sa.String(64)),
        sa.Column("approve_url", sa.String(500)),
        sa.Column("told_at", Moment),
        sa.Column("anchor_at", Moment),
        sa.Column("next_charge_at", Moment),
        sa.Column("overdue_minor", sa.Integer, nullable=False),
        sa.Column("retried_at", Moment),
        sa.Column("unwanted_from", Moment),
        sa.UniqueConstraint("idempotency_key", name="subscription_idempotency_key"),
        sa.UniqueConstraint("provider_id", name="subscription_provider_id"),
    )
    op.create_index("subscription_account", "subscription", ["account_id"])
    op.create_index("subscription_state", "subscription", ["state"])
    op.create_table(
        "purchase",
        sa.Column("id", sa.String(36), primary_key=True),
        _account(),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("idempotency_key", sa.String(64)),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("provider_id", sa.String(64)),
        sa.Column("approve_url", sa.String(500)),
        sa.UniqueConstraint("idempotency_key", name="purchase_idempotency_key"),
        sa.UniqueConstraint("provider_id", name="purchase_provider_id"),
    )
    op.create_index("purchase_account", "purchase", ["account_id"])
    op.create_index("purchase_state", "purchase", ["state"])
    op.create_table(
        "payment",
        sa.Column("id", sa.String(36), primary_key=True),
        _account(),
        sa.Column("source_id", sa.String(36), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("fee_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("paid_at", Moment, nullable=False),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.UniqueConstraint("provider_id", name="payment_provider_id"),
    )
    op.create_index("payment_account", "payment", ["account_id"])
    op.create_table(
        "refund",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("payment_provider_id", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(64)),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("idempotency_key", sa.String(64)),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("done_at", Moment),
        sa.UniqueConstraint("provider_id", name="refund_provider_id"),
        sa.UniqueConstraint("idempotency_key", name="refund_idempotency_key"),
    )
    op.create_index("refund_payment", "refund", ["payment_provider_id"])
    op.create_index("refund_state", "refund", ["state"])
    op.create_table(
        "payout",
        sa.Column("id", sa.String(36), primary_key=True),
        _account(),
        sa.Column("receiver", sa.String(254)),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("provider_id", sa.String(64)),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.UniqueConstraint("idempotency_key", name="payout_idempotency_key"),
    )
    op.create_index("payout_state", "payout", ["state"])
    op.create_table(
        "provider_event",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("delivered_at", Moment),
    )
    op.create_index("outbox_waiting", "outbox", ["delivered_at", "number"])


def downgrade() -> None:
    for table in (
        "outbox",
        "provider_event",
        "payout",
        "refund",
        "payment",
        "purchase",
        "subscription",
        "provider_plan",
        "payer",
    ):
        op.drop_table(table)
