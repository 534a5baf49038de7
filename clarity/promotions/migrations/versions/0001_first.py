"""Promotions and roll-backs."""

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
        "promotion",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("detector", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("card_digest", sa.String(64), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        sa.UniqueConstraint("detector", "number", name="promotion_of_detector_and_number"),
    )


def downgrade() -> None:
    op.drop_table("promotion")
