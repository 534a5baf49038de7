"""Accounts, sessions, keys, letters and bans."""

import sqlalchemy as sa
from alembic import op

from clarity.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _of_account() -> "sa.Column[str]":
    account = sa.ForeignKey("account.id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(36), account, nullable=False)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("confirmed_at", Moment),
        sa.Column("suspended_at", Moment),
        sa.Column("suspension_reason", sa.String(300)),
        sa.Column("training_consent_at", Moment),
        sa.Column("zero_retention", sa.Boolean, nullable=False),
        sa.Column("totp_sealed", sa.String(200)),
        sa.Column("totp_confirmed_at", Moment),
        sa.Column("totp_step", sa.Integer, nullable=False),
        sa.UniqueConstraint("email", name="account_email"),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("token_digest", sa.String(64), nullable=False),
        _of_account(),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.UniqueConstraint("token_digest", name="login_session_token"),
    )
    op.create_index("login_session_account", "login_session", ["account_id"])
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("start", sa.String(16), nullable=False),
        _of_account(),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("last_used_at", Moment),
        sa.UniqueConstraint("key_digest", name="api_key_digest"),
    )
    op.create_index("api_key_account", "api_key", ["account_id"])
    op.create_table(
        "api_key_scope",
        sa.Column(
            "key_id",
            sa.String(36),
            sa.ForeignKey("api_key.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("scope", sa.String(16), primary_key=True),
    )
    op.create_table(
        "mail_token",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        _of_account(),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
    )
    op.create_index("mail_token_account", "mail_token", ["account_id"])
    op.create_table(
        "login_attempt",
        sa.Column("email_digest", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", Moment, nullable=False),
        sa.Column("locked_until", Moment),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("not_before", Moment, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("letter_queue", "letter", ["not_before"])
    op.create_table(
        "address_ban",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "address_ban",
        "letter",
        "login_attempt",
        "mail_token",
        "api_key_scope",
        "api_key",
        "login_session",
        "account",
    ):
        op.drop_table(table)
