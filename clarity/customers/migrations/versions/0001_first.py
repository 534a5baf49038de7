"""What happened to accounts."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("once_key", sa.String(80), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.UniqueConstraint("account_id", "once_key", name="activity_once"),
    )
    op.create_index("activity_by_time", "activity", ["account_id", "at"])


def downgrade() -> None:
    op.drop_table("activity")
