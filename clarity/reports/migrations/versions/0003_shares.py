"""Links by which a report is shown to others."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_share",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("owner_digest", sa.String(64), nullable=False),
        sa.Column(
            "report_id",
            sa.Integer,
            sa.ForeignKey("report.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("source", sa.String(2048), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.UniqueConstraint("token_digest", name="report_share_token"),
    )
    op.create_index("report_share_owner", "report_share", ["owner_digest"])


def downgrade() -> None:
    op.drop_table("report_share")
