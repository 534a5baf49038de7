"""Scans that are not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = sa.false()
    op.add_column("scan", sa.Column("fleeting", sa.Boolean, nullable=False, server_default=no))


def downgrade() -> None:
    op.drop_column("scan", "fleeting")
