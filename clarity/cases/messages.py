"""Cases as they travel: what customers, experts and administrators see of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.reports.expertise import (
    Attachment,
    ExpertForm,
    Finding,
    Technique,
)
from clarity.reports.messages import Report
from clarity.reports.richtext import clean
from clarity.reports.settled import CaseKind, Digest


class CaseState(StrEnum):
    OPEN = "open"
    """Reviewers are being looked for."""
    ASSIGNED = "assigned"
    IN_REVIEW = "in-review"
    SECOND_REVIEW = "second-review"
    """The two differed; a third decides."""
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class ReviewState(StrEnum):
    ASSIGNED = "assigned"
    BEGUN = "begun"
    SUBMITTED = "submitted"
    VACATED = "vacated"
    """Given back by the expert, or taken back when the time was over."""


class Happening(StrEnum):
    """What happened to a case; one line of its history each."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    BEGUN = "begun"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    OVERDUE = "overdue"
    REPLACED = "replaced"
    """The expert is one no more, or is suspended."""
    REMINDED = "reminded"
    ESCALATED = "escalated"
    DIFFERED = "differed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """A body that is taken in: fields that are not known are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CaseOrder(Request):
    """Ask an expert about a finished scan, or dispute its verdict."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "example": {
                "scan_id": "q3Yy1mJxT0aZ8kQe5vLw2sBd",
                "kind": "dispute",
                "reason": "This is my own recording, made on Monday.",
            }
        },
    )
    scan_id: str = Field(max_length=32)
    kind: CaseKind
    reason: str = Field(
        default="", max_length=2000, description="for the experts: what you know of the item"
    )

    suspects: Technique | None = Field(
        default=None, description="what you think was done; helps to find the right experts"
    )

    @property
    def words(self) -> str:
        """The reason without signs that cannot be seen."""
        return clean(self.reason).strip()


class HistoryLine(Message):
    at: datetime
    what: Happening
    state: CaseState = Field(description="of the case from then on")
    who: str = Field(default="", description="pseudonym of an expert, or empty")


class Reviewer(Message):
    """A reviewer as the customer sees one."""

    expert: str = Field(description="pseudonym")
    state: ReviewState
    due_at: datetime


class Case(Message):
    """A case as its customer sees it."""

    id: str
    kind: CaseKind
    state: CaseState
    scan_id: str
    source: str = Field(description="name of the item")
    automatic: Label = Field(description="label of the automatic report")
    reason: str
    opened_at: datetime
    due_at: datetime
    decision: Finding | None = Field(default=None, description="once it is settled")
    reviewers: list[Reviewer]
    history: list[HistoryLine]


class ManagedCase(Case):
    """A case as an administrator sees it."""

    customer: str
    media: Digest
    vacancies: int
    escalated_at: datetime | None
    experts: dict[str, str] = Field(description="pseudonym -> account")


class Review(Message):
    """A case as its reviewer sees it: nothing tells who the customer is."""

    id: str
    case: str
    kind: CaseKind
    case_state: CaseState
    state: ReviewState
    number: int = Field(description="order of the seats in the case")
    assigned_at: datetime
    due_at: datetime
    submitted_at: datetime | None = None
    source: str
    media: Digest
    media_kind: MediaKind
    automatic: Label
    reason: str = Field(description="the customer's words")
    decision: Finding | None = Field(default=None, description="your own, once submitted")
    settled: Finding | None = Field(default=None, description="of the case, once settled")
    version: int = Field(default=0, description="of your newest draft; 0: nothing is written")


class OpenedReview(Review):
    """A review with the automatic report, to look at beside the item."""

    report: Report


class Draft(Message):
    """What is written so far. Send `version` back as `If-Match` when you save."""

    version: int = Field(ge=0, description="0: nothing was saved yet")
    saved_at: datetime | None = None
    form: ExpertForm
    missing: list[str] = Field(default=[], description="what it lacks to be submitted")


class DraftVersion(Message):
    version: int
    saved_at: datetime
    changed: list[str] = Field(description="fields that differ from the version before")
    submitted: bool = False


class Decline(Request):
    """Give a review back."""

    reason: Literal["no-time", "not-my-field", "conflict-of-interest", "other"]
    note: str = Field(default="", max_length=300)


class CustodyAct(StrEnum):
    PICTURES = "pictures"
    """Looked at the automatic report's pictures of it; noted the first time."""
    VIEWED = "viewed"
    DOWNLOADED = "downloaded"


class CustodyLine(Message):
    """Who had the item in hand. Each line carries the digest of the line before."""

    number: int = Field(ge=1)
    at: datetime
    who: str = Field(description="pseudonym of an expert")
    act: CustodyAct
    media: Digest
    previous: Digest
    digest: Digest


class Custody(Message):
    """The whole chain of a case, and whether it is whole."""

    lines: list[CustodyLine]
    whole: bool
    first_broken: int | None = None


class AttachmentShown(Attachment):
    added_at: datetime


class Conflicting(Message):
    """Members of the problem document when a draft was saved elsewhere meanwhile."""

    current: Draft
    changed: list[str]
    yours: dict[str, Any] = Field(description="the fields of yours that would have been lost")


class ModelAccuracy(Message):
    """How a release did on items that experts settled while it was at work.

    Customers ask about what they doubt, so this is harder than a sample of all items would be.
    """

    model: str
    release: str
    settled: int = Field(ge=0, description="items that were settled as real or fake")
    could_not_look: int = Field(ge=0)
    right: int = Field(ge=0, description="below 0.5 for real, at or above for fake")
    missed_fakes: int = Field(ge=0)
    false_fakes: int = Field(ge=0)
    accuracy: float | None = Field(description="of those that it looked at; null: of none")


class TruthOrder(Request):
    """What became known of an item, such as by its original or a confession."""

    decision: Literal[Finding.REAL, Finding.FAKE]
    grounds: str = Field(min_length=10, max_length=500)


class Truth(Message):
    media: Digest
    decision: Finding
    grounds: str
    noted_at: datetime
