"""Tables of expert management."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class ExpertsTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class ApplicationRow(ExpertsTable, table=True):
    """Somebody applies to be an expert. Decided applications stay, with who decided and why."""

    __tablename__ = "expert_application"
    __table_args__ = (
        # One application of an account waits at a time; the key is empty once it is decided.
        UniqueConstraint("waiting_account", name="expert_application_waiting"),
        Index("expert_application_state", "state", "submitted_at"),
        Index("expert_application_account", "account_id"),
    )

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=36)
    waiting_account: str | None = Field(default=None, max_length=36)
    name: str = Field(max_length=200)
    statement: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(max_length=16)
    submitted_at: datetime = Field(sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: str | None = Field(default=None, max_length=36)
    decision_reason: str | None = Field(default=None, max_length=500)


class ApplicationFieldRow(ExpertsTable, table=True):
    __tablename__ = "expert_application_field"

    application_id: str = Field(
        foreign_key="expert_application.id", max_length=32, primary_key=True, ondelete="CASCADE"
    )
    field: str = Field(max_length=32, primary_key=True)


class CredentialRow(ExpertsTable, table=True):
    __tablename__ = "expert_credential"

    application_id: str = Field(
        foreign_key="expert_application.id", max_length=32, primary_key=True, ondelete="CASCADE"
    )
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    title: str = Field(max_length=200)
    issuer: str = Field(max_length=200)
    year: int
    link: str = Field(max_length=500)


class ExpertRow(ExpertsTable, table=True):
    """A vetted expert."""

    __tablename__ = "expert"
    __table_args__ = (
        # Two experts of one name could not be told apart in a verdict.
        UniqueConstraint("pseudonym", name="expert_pseudonym"),
    )

    account_id: str = Field(primary_key=True, max_length=36)
    pseudonym: str = Field(max_length=16)
    available: bool = True
    capacity: int = 3
    vetted_at: datetime = Field(sa_type=Moment)
    vetted_by: str = Field(max_length=36)
    retired_at: datetime | None = Field(default=None, sa_type=Moment)
    last_assigned_at: datetime | None = Field(default=None, sa_type=Moment)


class ExpertFieldRow(ExpertsTable, table=True):
    __tablename__ = "expert_field"

    account_id: str = Field(
        foreign_key="expert.account_id", max_length=36, primary_key=True, ondelete="CASCADE"
    )
    field: str = Field(max_length=32, primary_key=True)


class ConflictRow(ExpertsTable, table=True):
    """An expert must not see cases of this customer."""

    __tablename__ = "expert_conflict"

    account_id: str = Field(
        foreign_key="expert.account_id", max_length=36, primary_key=True, ondelete="CASCADE"
    )
    customer_id: str = Field(max_length=36, primary_key=True)
    noted_at: datetime = Field(sa_type=Moment)


class PayoutRecordRow(ExpertsTable, table=True):
    """Earnings that are paid together. The sum is that of its earnings, and not kept twice."""

    __tablename__ = "expert_payout"
    __table_args__ = (Index("expert_payout_account", "account_id"),)

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=36)
    created_at: datetime = Field(sa_type=Moment)
    created_by: str = Field(max_length=36)
    paid_at: datetime | None = Field(default=None, sa_type=Moment)
    reference: str | None = Field(default=None, max_length=64)


class EarningRow(ExpertsTable, table=True):
    """What a report earned. The primary key makes a report earn once, however often it is told."""

    __tablename__ = "expert_earning"
    __table_args__ = (Index("expert_earning_account", "account_id"),)

    review_id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=36)
    amount_minor: int
    currency: str = Field(max_length=3)
    earned_at: datetime = Field(sa_type=Moment)
    payout_id: str | None = Field(default=None, max_length=32, foreign_key="expert_payout.id")
