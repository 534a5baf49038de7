"""Scans that belong to an account, and the panel that each asks for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan", sa.Column("account_id", sa.String(36)))
    op.add_column("scan", sa.Column("panel", sa.String(255), nullable=False, server_default=""))
    op.create_index("scan_history", "scan", ["account_id", "created_at"])


def downgrade() -> None:
    op.drop_index("scan_history", "scan")
    op.drop_column("scan", "panel")
    op.drop_column("scan", "account_id")
