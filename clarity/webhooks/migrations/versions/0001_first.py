"""Webhooks and their calls."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("last_called_at", Moment),
        sa.Column("last_outcome", sa.String(100), nullable=False),
    )
    op.create_index("webhook_account", "webhook", ["account_id"])
    op.create_table(
        "webhook_call",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "webhook_id",
            sa.String(32),
            sa.ForeignKey("webhook.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("not_before", Moment, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.UniqueConstraint("webhook_id", "event_id", name="webhook_call_once"),
    )
    op.create_index("webhook_call_queue", "webhook_call", ["not_before"])


def downgrade() -> None:
    op.drop_table("webhook_call")
    op.drop_table("webhook")
