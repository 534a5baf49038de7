"""The queue of scans."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("finished_at", Moment),
        sa.Column("source", sa.String(2048), nullable=False),
        sa.Column("url", sa.String(2048)),
        sa.Column("media_digest", sa.String(64)),
        sa.Column("idempotency_key", sa.String(64)),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("fraction", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", sa.String(32)),
        sa.Column("lease_until", Moment),
        sa.Column("instant", sa.Boolean, nullable=False),
        sa.Column("panel_digest", sa.String(64)),
        sa.Column("problem", sa.Text),
        sa.UniqueConstraint("idempotency_key", name="scan_idempotency_key"),
    )
    op.create_index("scan_queue", "scan", ["state", "priority", "created_at"])
    op.create_index("scan_media", "scan", ["media_digest"])


def downgrade() -> None:
    op.drop_table("scan")
