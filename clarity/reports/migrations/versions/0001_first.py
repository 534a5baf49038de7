"""Reports and their pictures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("media_digest", sa.String(64), nullable=False),
        sa.Column("panel_digest", sa.String(64), nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("document", sa.Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        sa.UniqueConstraint("media_digest", "panel_digest", name="report_of_media_and_panel"),
    )
    op.create_table(
        "report_image",
        sa.Column(
            "report_id",
            sa.Integer,
            sa.ForeignKey("report.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("report_image")
    op.drop_table("report")
