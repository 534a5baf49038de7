"""Tables of the account service. Secrets are kept as digests, or sealed where they are used."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.accounts.messages import FREE, Role
from clarity.database import Moment


class AccountsTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class AccountRow(AccountsTable, table=True):
    """One person. Erasing them is deleting this row; the others hang on it."""

    __tablename__ = "account"
    __table_args__ = (
        # Two sign-ups with one address at the same moment are one account.
        UniqueConstraint("email", name="account_email"),
    )

    id: str = Field(primary_key=True, max_length=36)
    email: str = Field(max_length=254, description="normalised, see rules.normal_email")
    password_hash: str = Field(max_length=200, description="Argon2id, with its salt and costs")
    role: str = Field(max_length=16, default=Role.CUSTOMER.value)
    plan: str = Field(max_length=40, default=FREE)
    created_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    suspended_at: datetime | None = Field(default=None, sa_type=Moment)
    suspension_reason: str | None = Field(default=None, max_length=300)
    training_consent_at: datetime | None = Field(default=None, sa_type=Moment)
    zero_retention: bool = False
    totp_sealed: str | None = Field(default=None, max_length=200, description="encrypted secret")
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    totp_step: int = Field(default=0, description="last step used: a code counts only once")


class SessionRow(AccountsTable, table=True):
    """A login that is still good."""

    __tablename__ = "login_session"
    __table_args__ = (
        UniqueConstraint("token_digest", name="login_session_token"),
        Index("login_session_account", "account_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    token_digest: str = Field(max_length=64)
    account_id: str = Field(foreign_key="account.id", max_length=36, ondelete="CASCADE")
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class ApiKeyRow(AccountsTable, table=True):
    """A key that a customer made for a program."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("key_digest", name="api_key_digest"),
        Index("api_key_account", "account_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    key_digest: str = Field(max_length=64)
    start: str = Field(max_length=16)
    account_id: str = Field(foreign_key="account.id", max_length=36, ondelete="CASCADE")
    name: str = Field(max_length=60)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    last_used_at: datetime | None = Field(default=None, sa_type=Moment)


class ApiKeyScopeRow(AccountsTable, table=True):
    __tablename__ = "api_key_scope"

    key_id: str = Field(
        foreign_key="api_key.id", max_length=36, primary_key=True, ondelete="CASCADE"
    )
    scope: str = Field(max_length=16, primary_key=True)


class MailTokenRow(AccountsTable, table=True):
    """What a link in a letter carries: good once, for one purpose, for a while."""

    __tablename__ = "mail_token"
    __table_args__ = (Index("mail_token_account", "account_id"),)

    token_digest: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="account.id", max_length=36, ondelete="CASCADE")
    purpose: str = Field(max_length=16)
    expires_at: datetime = Field(sa_type=Moment)


class AttemptRow(AccountsTable, table=True):
    """Failed logins by address of the account, whether or not there is such an account."""

    __tablename__ = "login_attempt"

    email_digest: str = Field(primary_key=True, max_length=64, description="keyed")
    failures: int
    last_at: datetime = Field(sa_type=Moment)
    locked_until: datetime | None = Field(default=None, sa_type=Moment)


class LetterRow(AccountsTable, table=True):
    """A letter that waits to be sent; deleted when it is."""

    __tablename__ = "letter"
    __table_args__ = (Index("letter_queue", "not_before"),)

    id: int | None = Field(default=None, primary_key=True)
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_type=Moment)
    not_before: datetime = Field(sa_type=Moment)
    attempts: int = 0


class BanRow(AccountsTable, table=True):
    """A client address that is turned away."""

    __tablename__ = "address_ban"

    digest: str = Field(primary_key=True, max_length=64, description="keyed, of the address")
    reason: str = Field(max_length=300)
    created_at: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
