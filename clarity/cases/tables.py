"""Tables of cases: requests and disputes, their reviews, what experts write, what is settled."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from clarity.database import Moment


class CasesTable(SQLModel, registry=registry()):
    """Base of this service's tables: a registry, and so a metadata, of its own."""


def _document() -> Column[str]:
    return Column(Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False)


class CaseRow(CasesTable, table=True):
    """One request or dispute."""

    __tablename__ = "expert_case"
    __table_args__ = (
        # A customer has one live case of an item; the key is empty once the case is over.
        # Two clicks at one moment are one case by this, not by code that looks first.
        UniqueConstraint("live_key", name="expert_case_live"),
        Index("expert_case_customer", "customer_id", "opened_at"),
        Index("expert_case_state", "state", "opened_at"),
        Index("expert_case_media", "media_digest"),
    )

    id: str = Field(primary_key=True, max_length=32)
    customer_id: str = Field(max_length=36)
    live_key: str | None = Field(default=None, max_length=64)
    scan_id: str = Field(max_length=32)
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16)
    reason: str = Field(sa_column=Column(Text, nullable=False))
    suspects: str | None = Field(default=None, max_length=32, description="technique")
    paid_by: str = Field(max_length=16, description="plan, or an extra bought singly")

    source: str = Field(max_length=2048, description="name of the item, as its owner knows it")
    media_digest: str = Field(max_length=64)
    media_kind: str = Field(max_length=16)
    panel_digest: str = Field(max_length=64)
    automatic: str = Field(max_length=16, description="label of the automatic report")

    opened_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    settled: str | None = Field(default=None, max_length=16)
    over_at: datetime | None = Field(default=None, sa_type=Moment)
    escalated_at: datetime | None = Field(default=None, sa_type=Moment)


class CustomerRow(CasesTable, table=True):
    """A customer who has asked; locked while what they have used is counted."""

    __tablename__ = "case_customer"

    customer_id: str = Field(primary_key=True, max_length=36)


class ReviewRow(CasesTable, table=True):
    """A reviewer's seat in a case."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("case_id", "number", name="review_of_case"),
        Index("review_expert", "expert_id", "state"),
        Index("review_due", "state", "due_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    case_id: str = Field(foreign_key="expert_case.id", max_length=32, ondelete="CASCADE")
    number: int = Field(description="order in which the case's seats were given out")
    expert_id: str = Field(max_length=36, description="account; random once it is erased")
    pseudonym: str = Field(max_length=16)
    state: str = Field(max_length=16)
    vacated: str = Field(
        default="", max_length=16, description="declined, overdue, replaced, or empty"
    )
    assigned_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    reminded_at: datetime | None = Field(default=None, sa_type=Moment)
    begun_at: datetime | None = Field(default=None, sa_type=Moment)
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    decision: str | None = Field(default=None, max_length=16)
    submitted_version: int | None = Field(default=None)
    report_digest: str | None = Field(default=None, max_length=64)


class VersionRow(CasesTable, table=True):
    """What an expert had written at a moment. Rows are added and never changed.

    The primary key is what keeps two windows from overwriting each other: both want the same
    next number, and one of them fails.
    """

    __tablename__ = "review_version"

    review_id: str = Field(
        foreign_key="review.id", max_length=32, primary_key=True, ondelete="CASCADE"
    )
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    saved_at: datetime = Field(sa_type=Moment)
    document: str = Field(sa_column=_document())


class AttachmentRow(CasesTable, table=True):
    """A file beside a report; its bytes lie in the object store."""

    __tablename__ = "review_attachment"
    __table_args__ = (Index("review_attachment_review", "review_id", "added_at"),)

    id: str = Field(primary_key=True, max_length=32)
    review_id: str = Field(foreign_key="review.id", max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=120)
    mime: str = Field(max_length=64)
    size: int
    digest: str = Field(max_length=64)
    added_at: datetime = Field(sa_type=Moment)
    removed_at: datetime | None = Field(default=None, sa_type=Moment)


class VerdictRow(CasesTable, table=True):
    """What was settled, exactly as it was signed. It outlives the case: it names nobody."""

    __tablename__ = "verdict"
    __table_args__ = (
        # A case is settled once, however many hands are in once.
        UniqueConstraint("case_id", name="verdict_of_case"),
        # Of several verdicts on an item each has its place, and the last one holds.
        UniqueConstraint("media_digest", "number", name="verdict_of_item"),
    )

    digest: str = Field(primary_key=True, max_length=64)
    # No reference: the verdict stays when the case is erased with its customer.
    case_id: str = Field(max_length=32)
    media_digest: str = Field(max_length=64)
    number: int
    kind: str = Field(max_length=16)
    decision: str = Field(max_length=16)
    settled_at: datetime = Field(sa_type=Moment)
    key_id: str = Field(max_length=16)
    signature: str = Field(max_length=88, description="base64 of 64 bytes")
    document: str = Field(sa_column=_document())


class JudgedRow(CasesTable, table=True):
    """What a model had said of an item that is settled: what live accuracy is counted from."""

    __tablename__ = "verdict_opinion"

    verdict_digest: str = Field(
        foreign_key="verdict.digest", max_length=64, primary_key=True, ondelete="CASCADE"
    )
    model: str = Field(max_length=64, primary_key=True)
    release: str = Field(max_length=64)
    confidence: float | None = Field(default=None, description="none: it could not look")


class TruthRow(CasesTable, table=True):
    """What became known of an item later, such as a confession or the original."""

    __tablename__ = "truth"

    media_digest: str = Field(primary_key=True, max_length=64)
    decision: str = Field(max_length=16)
    grounds: str = Field(max_length=500)
    noted_by: str = Field(max_length=36)
    noted_at: datetime = Field(sa_type=Moment)


class HappeningRow(CasesTable, table=True):
    """One step of a case: its history, and the outbox from which it is told to everybody."""

    __tablename__ = "case_happening"
    __table_args__ = (
        UniqueConstraint("case_id", "number", name="case_happening_order"),
        Index("case_happening_untold", "told_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="expert_case.id", max_length=32, ondelete="CASCADE")
    number: int
    at: datetime = Field(sa_type=Moment)
    what: str = Field(max_length=16)
    state: str = Field(max_length=16, description="of the case from then on")
    actor_id: str = Field(max_length=36, description="account that acted; empty: the service")
    review_id: str | None = Field(default=None, max_length=32)
    who: str = Field(default="", max_length=16, description="pseudonym of the expert concerned")
    told_at: datetime | None = Field(default=None, sa_type=Moment)


class CustodyRow(CasesTable, table=True):
    """Somebody had the item in hand. A chain of its own for every case."""

    __tablename__ = "custody"

    case_id: str = Field(
        foreign_key="expert_case.id", max_length=32, primary_key=True, ondelete="CASCADE"
    )
    # Two readers at one moment want the same number: one of them fails and tries again.
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Moment)
    who: str = Field(max_length=16, description="pseudonym")
    act: str = Field(max_length=16)
    media_digest: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)
