"""Tables of customer management."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class CustomersTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class ActivityRow(CustomersTable, table=True):
    """One thing that happened to an account: an identifier, never an address or a name."""

    __tablename__ = "activity"
    __table_args__ = (
        # What is recorded twice with one key, by a repeated request or a repeated message of
        # another service, happened once.
        UniqueConstraint("account_id", "once_key", name="activity_once"),
        Index("activity_by_time", "account_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(max_length=36)
    once_key: str = Field(max_length=80)
    at: datetime = Field(sa_type=Moment)
    kind: str = Field(max_length=16)
    subject: str = Field(max_length=80)
    words: str = Field(max_length=300)
