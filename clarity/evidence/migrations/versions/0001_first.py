"""The log, its keys, the receipts."""

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
        "evidence_key",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("first_used", Moment, nullable=False),
    )
    op.create_table(
        "evidence_entry",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("receipt_digest", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(16), sa.ForeignKey("evidence_key.id"), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("signature", sa.String(88), nullable=False),
        sa.UniqueConstraint("receipt_digest", name="evidence_entry_of_receipt"),
    )
    op.create_table(
        "evidence_receipt",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("evidence_receipt")
    op.drop_table("evidence_entry")
    op.drop_table("evidence_key")
