"""What the expert service says and is told: applications, profiles, figures, pay-outs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from clarity.money import Money


class Competence(StrEnum):
    """A field in which an expert is competent. The first two are kinds of media."""

    IMAGES = "images"
    VIDEO = "video"
    FACE_SWAP = "face-swap"
    ENTIRE_SYNTHESIS = "entire-synthesis"
    LIP_SYNC = "lip-sync"
    REENACTMENT = "re-enactment"
    ATTRIBUTE_MANIPULATION = "attribute-manipulation"
    SOUND = "sound"
    COMPRESSION = "compression"
    PROVENANCE = "provenance"


class ApplicationState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """A body that is taken in: fields that are not known are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Line = Annotated[str, Field(min_length=2, max_length=200)]


class Credential(Request):
    """Something that shows competence, and where it can be checked."""

    title: Line = Field(description="degree, certificate, post, publication")
    issuer: Line
    year: int = Field(ge=1950, le=2100)
    link: str = Field(default="", max_length=500, pattern=r"^(https?://[^\s<>\"]+)?$")


class ApplicationOrder(Request):
    """Apply to review as an expert."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Ada Example",
                "statement": "Ten years of image forensics at a police laboratory.",
                "fields": ["images", "face-swap"],
                "credentials": [
                    {
                        "title": "MSc Digital Forensics",
                        "issuer": "University of Example",
                        "year": 2014,
                        "link": "https://example.org/alumni",
                    }
                ],
            }
        },
    )
    name: Line = Field(description="seen by administrators only; customers see a pseudonym")
    statement: str = Field(min_length=20, max_length=4000)
    fields: frozenset[Competence] = Field(min_length=1)
    credentials: list[Credential] = Field(min_length=1, max_length=20)


class Application(Message):
    """An application as its writer sees it."""

    id: str
    state: ApplicationState
    name: str
    statement: str
    fields: list[Competence]
    credentials: list[Credential]
    submitted_at: datetime
    decided_at: datetime | None = None
    decision_reason: str | None = Field(default=None, description="of the administrator")


class ManagedApplication(Application):
    """An application as administrators see it."""

    account_id: str


class Vetting(Request):
    """What an administrator decides. Accepting makes the account an expert's."""

    accept: bool
    reason: str = Field(min_length=3, max_length=500, description="told to the applicant")
    fields: frozenset[Competence] | None = Field(
        default=None, description="fields that were found good; by default all that were named"
    )
    capacity: int = Field(default=3, ge=1, le=50, description="reviews at once")


class Expert(Message):
    """A vetted expert, as the expert sees it."""

    pseudonym: str = Field(description="the name that customers and reports have")
    fields: list[Competence]
    available: bool
    capacity: int = Field(ge=0, description="reviews at once")
    vetted_at: datetime


class ManagedExpert(Expert):
    """A vetted expert, as administrators see it."""

    account_id: str
    retired_at: datetime | None = None


class ExpertChange(Request):
    """What experts change themselves; what is left out stays."""

    available: bool | None = None
    capacity: int | None = Field(default=None, ge=1, le=50)


class ManagedExpertChange(ExpertChange):
    """What administrators change beside that."""

    fields: frozenset[Competence] | None = Field(default=None, min_length=1)
    retired: bool | None = None


class Performance(Message):
    """How an expert works. Shares are null where nothing has been counted."""

    pseudonym: str
    assigned: int = Field(ge=0, description="reviews that were ever given out")
    open: int = Field(ge=0, description="that are held now")
    submitted: int = Field(ge=0)
    declined: int = Field(ge=0)
    overdue: int = Field(ge=0, description="taken back because the time was over")
    median_hours: float | None = Field(description="from the assignment to the report")
    in_time: float | None = Field(description="share of reports by their due moment")
    agreement_with_reviewer: float | None = Field(
        description="share of disputes in which the other independent reviewer said the same"
    )
    agreement_with_settled: float | None = Field(
        description="share of settled reviews of disputes in which the settled verdict says the "
        "same; requests have no second opinion and do not count"
    )
    agreement_with_truth: float | None = Field(
        description="share of reviews of items of which the truth became known later"
    )


class Earning(Message):
    """What a submitted report earned."""

    review: str
    amount: Money
    earned_at: datetime
    payout: str | None = Field(default=None, description="the pay-out that it is part of")


class PayoutState(StrEnum):
    DUE = "due"
    PAID = "paid"


class PayoutRecord(Message):
    """Earnings that are paid together."""

    id: str
    amount: Money
    reviews: int
    state: PayoutState
    created_at: datetime
    paid_at: datetime | None = None
    reference: str | None = Field(default=None, description="of the payment, such as PayPal's")


class PayoutPaid(Request):
    """A pay-out was paid: by `POST /v1/payouts`, or by another way."""

    reference: str = Field(min_length=3, max_length=64)


class Dashboard(Message):
    """What an expert sees first."""

    expert: Expert
    performance: Performance
    unpaid: Money
    payouts: list[PayoutRecord]
