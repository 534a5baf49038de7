"""A row of each customer, to be locked while cases are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("case_customer", sa.Column("customer_id", sa.String(36), primary_key=True))
