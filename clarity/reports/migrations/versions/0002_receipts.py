"""Which receipt belongs to a report."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("receipt_digest", sa.String(64)))


def downgrade() -> None:
    op.drop_column("report", "receipt_digest")
