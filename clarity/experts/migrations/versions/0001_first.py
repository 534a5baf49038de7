"""Applications, experts, earnings."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "expert_application",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("waiting_account", sa.String(36)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("decided_by", sa.String(36)),
        sa.Column("decision_reason", sa.String(500)),
        sa.UniqueConstraint("waiting_account", name="expert_application_waiting"),
    )
    op.create_index("expert_application_state", "expert_application", ["state", "submitted_at"])
    op.create_index("expert_application_account", "expert_application", ["account_id"])
    op.create_table(
        "expert_application_field",
        _of_application(),
        sa.Column("field", sa.String(32), primary_key=True),
    )
    op.create_table(
        "expert_credential",
        _of_application(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("issuer", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
    )
    op.create_table(
        "expert",
        sa.Column("account_id", sa.String(36), primary_key=True),
        sa.Column("pseudonym", sa.String(16), nullable=False),
        sa.Column("available", sa.Boolean, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("vetted_at", Moment, nullable=False),
        sa.Column("vetted_by", sa.String(36), nullable=False),
        sa.Column("retired_at", Moment),
        sa.Column("last_assigned_at", Moment),
        sa.UniqueConstraint("pseudonym", name="expert_pseudonym"),
    )
    op.create_table(
        "expert_field", _of_expert(), sa.Column("field", sa.String(32), primary_key=True)
    )
    op.create_table(
        "expert_conflict",
        _of_expert(),
        sa.Column("customer_id", sa.String(36), primary_key=True),
        sa.Column("noted_at", Moment, nullable=False),
    )
    op.create_table(
        "expert_payout",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("paid_at", Moment),
        sa.Column("reference", sa.String(64)),
    )
    op.create_index("expert_payout_account", "expert_payout", ["account_id"])
    op.create_table(
        "expert_earning",
        sa.Column("review_id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("earned_at", Moment, nullable=False),
        sa.Column("payout_id", sa.String(32), sa.ForeignKey("expert_payout.id")),
    )
    op.create_index("expert_earning_account", "expert_earning", ["account_id"])


def downgrade() -> None:
    for table in (
        "expert_earning",
        "expert_payout",
        "expert_conflict",
        "expert_field",
        "expert",
        "expert_credential",
        "expert_application_field",
        "expert_application",
    ):
        op.drop_table(table)


def _of_application() -> sa.Column[str]:
    key = sa.ForeignKey("expert_application.id", ondelete="CASCADE")
    return sa.Column("application_id", sa.String(32), key, primary_key=True)


def _of_expert() -> sa.Column[str]:
    key = sa.ForeignKey("expert.account_id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(36), key, primary_key=True)
