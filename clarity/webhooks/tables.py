"""Tables of webhooks. Secrets are not in here: they follow from the installation's own."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class WebhooksTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class WebhookRow(WebhooksTable, table=True):
    """An address that a customer wants called."""

    __tablename__ = "webhook"
    __table_args__ = (Index("webhook_account", "account_id"),)

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=36)
    url: str = Field(max_length=500)
    created_at: datetime = Field(sa_type=Moment)
    last_called_at: datetime | None = Field(default=None, sa_type=Moment)
    last_outcome: str = Field(default="", max_length=100)


class CallRow(WebhooksTable, table=True):
    """A call that is to be made; deleted when it is."""

    __tablename__ = "webhook_call"
    __table_args__ = (
        # What happens once is told once to each address, however often it is queued.
        UniqueConstraint("webhook_id", "event_id", name="webhook_call_once"),
        Index("webhook_call_queue", "not_before"),
    )

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: str = Field(foreign_key="webhook.id", max_length=32, ondelete="CASCADE")
    event_id: str = Field(max_length=64)
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_type=Moment)
    not_before: datetime = Field(sa_type=Moment)
    attempts: int = 0
