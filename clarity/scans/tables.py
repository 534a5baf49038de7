"""Tables of the scan queue."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class ScansTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class ScanRow(ScansTable, table=True):
    """One scan, from its acceptance on. The row is the promise: it outlives every process."""

    __tablename__ = "scan"
    __table_args__ = (
        # A repeated request with one Idempotency-Key is one scan, also when both arrive at
        # the same moment. This, not code that looks before it writes, makes it so.
        UniqueConstraint("idempotency_key", name="scan_idempotency_key"),
        # The order in which workers take rows.
        Index("scan_queue", "state", "priority", "created_at"),
        Index("scan_media", "media_digest"),
        Index("scan_history", "account_id", "created_at"),
    )

    id: str = Field(
        primary_key=True,
        max_length=32,
        description="random: whoever has it may read, unless the scan has an owner",
    )
    account_id: str | None = Field(default=None, max_length=36, description="of its owner")
    created_at: datetime = Field(sa_type=Moment)
    started_at: datetime | None = Field(
        default=None, sa_type=Moment, description="when a worker took it, for the last time"
    )
    finished_at: datetime | None = Field(default=None, sa_type=Moment)

    source: str = Field(max_length=2048, description="file name or URL, as shown to its owner")
    url: str | None = Field(default=None, max_length=2048, description="to be fetched")
    media_digest: str | None = Field(default=None, max_length=64, description="once known")
    idempotency_key: str | None = Field(default=None, max_length=64, description="keyed digest")
    request_digest: str = Field(max_length=64, description="of what was asked for")

    fleeting: bool = Field(default=False, description="all of it goes soon after its end")
    panel: str = Field(
        default="", max_length=255, description="detectors asked for, by comma; empty: all"
    )
    priority: int
    state: str = Field(max_length=16)
    stage: str = Field(max_length=16)
    fraction: float = 0.0
    attempts: int = 0
    lease: str | None = Field(default=None, max_length=32, description="token of the holder")
    lease_until: datetime | None = Field(default=None, sa_type=Moment)

    instant: bool = False
    panel_digest: str | None = Field(default=None, max_length=64, description="when done")
    problem: str | None = Field(
        default=None, sa_column=Column(Text), description="RFC 9457 document, when failed"
    )
