"""Tables of the evidence log."""

from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class EvidenceTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class KeyRow(EvidenceTable, table=True):
    """A public key that has signed entries. Never removed: old entries are checked with it."""

    __tablename__ = "evidence_key"

    id: str = Field(primary_key=True, max_length=16)
    public_key: str = Field(max_length=64, description="base64 of 32 bytes")
    first_used: datetime = Field(sa_type=Moment)


class EntryRow(EvidenceTable, table=True):
    """One line of the log. Rows are added at the end and never changed."""

    __tablename__ = "evidence_entry"
    __table_args__ = (
        # A receipt stands in the log once, however often a crashed scan delivers it.
        UniqueConstraint("receipt_digest", name="evidence_entry_of_receipt"),
    )

    # Two writers at one moment want the same number: one of them fails and tries again.
    # This, not a lock that every database would have to keep, makes the log a single chain.
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(max_length=64, description="of the document")
    receipt_digest: str = Field(max_length=64)
    key_id: str = Field(max_length=16, foreign_key="evidence_key.id")
    document: str = Field(
        sa_column=Column(Text, nullable=False), description="the entry, exactly as it was signed"
    )
    signature: str = Field(max_length=88, description="base64 of 64 bytes")


class ReceiptRow(EvidenceTable, table=True):
    """A receipt. The log holds its digest only, so a receipt may be erased and the log stands."""

    __tablename__ = "evidence_receipt"

    digest: str = Field(primary_key=True, max_length=64)
    document: str = Field(
        sa_column=Column(Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False)
    )
