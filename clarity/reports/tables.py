"""Tables of the reporting service."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class ReportsTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class ReportRow(ReportsTable, table=True):
    """One automated report. Rows are written once and never changed."""

    __tablename__ = "report"
    __table_args__ = (
        # The same media judged by the same releases is the same report, however often a
        # crashed or doubled scan delivers it. This, not code, makes storing idempotent.
        UniqueConstraint("media_digest", "panel_digest", name="report_of_media_and_panel"),
    )

    id: int | None = Field(default=None, primary_key=True)
    media_digest: str = Field(max_length=64)
    panel_digest: str = Field(max_length=64)
    label: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=Moment)
    document: str = Field(
        sa_column=Column(Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        description="the report as JSON: a document, kept exactly as it was given out",
    )
    receipt_digest: str | None = Field(
        default=None,
        max_length=64,
        description="of its receipt in the evidence log; old ones: none",
    )


class ReportImageRow(ReportsTable, table=True):
    """A picture that a report names; its bytes lie in the object store."""

    __tablename__ = "report_image"

    report_id: int = Field(foreign_key="report.id", primary_key=True, ondelete="CASCADE")
    name: str = Field(max_length=128, primary_key=True)
    digest: str = Field(max_length=64)


class ShareRow(ReportsTable, table=True):
    """A link by which others may read one report, until it expires or is revoked.

    Neither the link nor the secret of who made it is in here: whoever steals the table can
    open nothing and revoke nothing.
    """

    __tablename__ = "report_share"
    __table_args__ = (
        UniqueConstraint("token_digest", name="report_share_token"),
        Index("report_share_owner", "owner_digest"),
    )

    id: str = Field(primary_key=True, max_length=16, description="public; opens nothing")
    token_digest: str = Field(max_length=64)
    owner_digest: str = Field(max_length=64, description="of the owner's secret, the scan's id")
    report_id: int = Field(foreign_key="report.id", ondelete="CASCADE")
    source: str = Field(max_length=2048, description="name of the item, shown with the report")
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


class LikenessRow(ReportsTable, table=True):
    """One band of the perceptual hash of a report's item: what similar items are found by."""

    __tablename__ = "report_likeness"
    __table_args__ = (Index("report_likeness_band", "band", "value"),)

    report_id: int = Field(foreign_key="report.id", primary_key=True, ondelete="CASCADE")
    band: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    value: int
    hash: str = Field(max_length=16, description="all 64 bits in hex; here so that no join is")
