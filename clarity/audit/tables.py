"""Tables of the audit log."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class AuditTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


class EntryRow(AuditTable, table=True):
    """One line. Written once; no code changes or deletes one."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_entry_subject", "subject"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=36)
    action: str = Field(max_length=32)
    subject: str = Field(max_length=64)
    detail: str = Field(max_length=300)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


class HeadRow(AuditTable, table=True):
    """The one row that writers lock, so that lines follow one another."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    digest: str = Field(max_length=64)
