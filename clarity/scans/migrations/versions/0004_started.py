"""When a worker took a scan: how long others will have to wait is told from it."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan", sa.Column("started_at", Moment))


def downgrade() -> None:
    op.drop_column("scan", "started_at")
