"""Cases, reviews, verdicts, custody."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOCUMENT = sa.Text().with_variant(MEDIUMTEXT(), "mysql")


def upgrade() -> None:
    op.create_table(
        "expert_case",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("live_key", sa.String(64)),
        sa.Column("scan_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("suspects", sa.String(32)),
        sa.Column("paid_by", sa.String(16), nullable=False),
        sa.Column("source", sa.String(2048), nullable=False),
        sa.Column("media_digest", sa.String(64), nullable=False),
        sa.Column("media_kind", sa.String(16), nullable=False),
        sa.Column("panel_digest", sa.String(64), nullable=False),
        sa.Column("automatic", sa.String(16), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("settled", sa.String(16)),
        sa.Column("over_at", Moment),
        sa.Column("escalated_at", Moment),
        sa.UniqueConstraint("live_key", name="expert_case_live"),
    )
    op.create_index("expert_case_customer", "expert_case", ["customer_id", "opened_at"])
    op.create_index("expert_case_state", "expert_case", ["state", "opened_at"])
    op.create_index("expert_case_media", "expert_case", ["media_digest"])
    op.create_table(
        "review",
        sa.Column("id", sa.String(32), primary_key=True),
        _of_case(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("expert_id", sa.String(36), nullable=False),
        sa.Column("pseudonym", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("vacated", sa.String(16), nullable=False),
        sa.Column("assigned_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("reminded_at", Moment),
        sa.Column("begun_at", Moment),
        sa.Column("submitted_at", Moment),
        sa.Column("decision", sa.String(16)),
        sa.Column("submitted_version", sa.Integer),
        sa.Column("report_digest", sa.String(64)),
        sa.UniqueConstraint("case_id", "number", name="review_of_case"),
    )
    op.create_index("review_expert", "review", ["expert_id", "state"])
    op.create_index("review_due", "review", ["state", "due_at"])
    op.create_table(
        "review_version",
        _of_review(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("saved_at", Moment, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
    )
    op.create_table(
        "review_attachment",
        sa.Column("id", sa.String(32), primary_key=True),
        _of_review(),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("mime", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("removed_at", Moment),
    )
    op.create_index("review_attachment_review", "review_attachment", ["review_id", "added_at"])
    _verdicts()
    op.create_table(
        "case_happening",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_case(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(36), nullable=False),
        sa.Column("review_id", sa.String(32)),
        sa.Column("who", sa.String(16), nullable=False),
        sa.Column("told_at", Moment),
        sa.UniqueConstraint("case_id", "number", name="case_happening_order"),
    )
    op.create_index("case_happening_untold", "case_happening", ["told_at", "id"])
    op.create_table(
        "custody",
        _of_case(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(16), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("media_digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    for table in (
        "custody",
        "case_happening",
        "truth",
        "verdict_opinion",
        "verdict",
        "review_attachment",
        "review_version",
        "review",
        "expert_case",
    ):
        op.drop_table(table)


def _verdicts() -> None:
    op.create_table(
        "verdict",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("media_digest", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("settled_at", Moment, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(88), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.UniqueConstraint("case_id", name="verdict_of_case"),
        sa.UniqueConstraint("media_digest", "number", name="verdict_of_item"),
    )
    op.create_table(
        "verdict_opinion",
        sa.Column(
            "verdict_digest",
            sa.String(64),
            sa.ForeignKey("verdict.digest", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("model", sa.String(64), primary_key=True),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("confidence", sa.Float),
    )
    op.create_table(
        "truth",
        sa.Column("media_digest", sa.String(64), primary_key=True),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("grounds", sa.String(500), nullable=False),
        sa.Column("noted_by", sa.String(36), nullable=False),
        sa.Column("noted_at", Moment, nullable=False),
    )


def _of_case(*, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("expert_case.id", ondelete="CASCADE")
    return sa.Column("case_id", sa.String(32), key, primary_key=primary_key, nullable=False)


def _of_review(*, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("review.id", ondelete="CASCADE")
    return sa.Column("review_id", sa.String(32), key, primary_key=primary_key, nullable=False)
