"""Table of the history of releases."""

from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class PromotionsTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class PromotionRow(PromotionsTable, table=True):
    """A release came to work. Rows are only ever added; a detector's last one is in force."""

    __tablename__ = "promotion"
    __table_args__ = (
        # Two people who promote at the same moment both write "after the fourth comes mine":
        # one of them is told, and nobody's promotion is lost unseen.
        UniqueConstraint("detector", "number", name="promotion_of_detector_and_number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    detector: str = Field(max_length=64)
    number: int = Field(description="from 1, without gaps")
    act: str = Field(max_length=16)
    release: str = Field(max_length=64)
    card_digest: str = Field(
        max_length=64, description="of the card's bytes in the object store: names every file"
    )
    at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=128)
    reason: str = Field(sa_column=Column(Text(), nullable=False))
    grounds: str = Field(
        sa_column=Column(Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        description="the comparison that justified it, JSON, exactly as it was made",
    )
