"""The report that an expert writes: what is saved while it is typed, and what must be in it.

Free text is a small part of Markdown, see `clarity.reports.richtext`. Places in a frame are
fractions of its width and height, times are seconds from the beginning.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from clarity.errors import ClarityError
from clarity.reports.richtext import clean, plain_length

SHORTEST_REASON = 40
"""Characters of a reason, without the signs of Markdown: a sentence at least."""
LONG, MIDDLE, SHORT = 20_000, 6_000, 300


class IncompleteReport(ClarityError):
    """The report lacks something that every expert report must say."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "incomplete-report"
    hint = "Fill in what is missing and submit again; what you have written is kept."


class Finding(StrEnum):
    """What an expert says of an item."""

    REAL = "real"
    FAKE = "fake"
    UNDECIDED = "undecided"
    """The item does not tell: neither can be shown."""


class Certainty(StrEnum):
    """How sure, in the words that forensic reports use."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    VERY_HIGH = "very-high"


class Technique(StrEnum):
    """How an item was probably made."""

    FACE_SWAP = "face-swap"
    ENTIRE_SYNTHESIS = "entire-synthesis"
    LIP_SYNC = "lip-sync"
    REENACTMENT = "re-enactment"
    ATTRIBUTE_MANIPULATION = "attribute-manipulation"
    RETOUCHING = "retouching"
    OTHER = "other"
    UNKNOWN = "unknown"


RichText = Annotated[str, AfterValidator(clean)]
"""Markdown without HTML, pictures and invisible signs."""
Second = Annotated[float, Field(ge=0, le=86_400)]
Fraction = Annotated[float, Field(ge=0, le=1)]


EXAMPLE: dict[str, Any] = {
    "decision": "fake",
    "certainty": "high",
    "reason": "The **left cheek** is lit from another side than the rest of the scene.",
    "spectral": {"text": "Peaks every eight pixels in the face, none outside.", "regions": []},
    "temporal": {"spans": [{"start": 1.2, "end": 2.0, "note": "the lips lag behind the sound"}]},
    "spatial": {
        "text": "A seam along the jaw.",
        "regions": [{"box": [0.42, 0.55, 0.2, 0.08], "seconds": 1.48, "note": "seam at the jaw"}],
    },
    "technique": "face-swap",
    "technique_note": "",
    "sources": [{"title": "Earlier copy", "url": "https://example.org/original", "note": "uncut"}],
    "notes": "",
}
"""A form that may be submitted; a test keeps it so."""


class Part(BaseModel):
    """A part of the form; fields that are not known are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Region(Part):
    """A box in a frame.

    `box` is x, y, width, height as fractions; `note` says what is to be seen there, and is
    read out in the place of the picture.
    """

    box: tuple[Fraction, Fraction, Fraction, Fraction]
    seconds: Second = Field(default=0, description="time of the frame; 0 for a picture")
    note: str = Field(default="", max_length=SHORT)

    @model_validator(mode="after")
    def _inside(self) -> Self:
        left, top, width, height = self.box
        if left + width > 1.000001 or top + height > 1.000001:
            raise ValueError("the box reaches beyond the frame")
        if not width or not height:
            raise ValueError("the box has no size")
        return self


class Span(Part):
    """A stretch of time; `end` may be its beginning, for a moment."""

    start: Second
    end: Second
    note: str = Field(default="", max_length=SHORT)

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end < self.start:
            raise ValueError("the stretch ends before it begins")
        return self


class Inconsistencies(Part):
    """What does not fit, in one respect: in words, in marked places, at marked times."""

    text: RichText = Field(default="", max_length=MIDDLE)
    regions: list[Region] = Field(default=[], max_length=40)
    spans: list[Span] = Field(default=[], max_length=40)

    def is_empty(self) -> bool:
        return not (self.text.strip() or self.regions or self.spans)


class Source(Part):
    """Something that the report rests on, such as an earlier copy of the item."""

    title: str = Field(min_length=1, max_length=SHORT)
    url: str = Field(default="", max_length=2048, pattern=r"^(https?://[^\s<>\"]+)?$")
    note: str = Field(default="", max_length=SHORT)


class ExpertForm(Part):
    """The form. Everything may be empty while it is written; see `missing`."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"example": EXAMPLE})

    decision: Finding | None = None
    certainty: Certainty | None = None
    reason: RichText = Field(default="", max_length=LONG, description="of the decision")
    spectral: Inconsistencies = Inconsistencies()
    temporal: Inconsistencies = Inconsistencies()
    spatial: Inconsistencies = Inconsistencies()
    technique: Technique | None = Field(default=None, description="suspected; of a fake")
    technique_note: str = Field(default="", max_length=SHORT)
    sources: list[Source] = Field(default=[], max_length=30)
    notes: RichText = Field(default="", max_length=LONG, description="anything else")


def missing(form: ExpertForm) -> Iterator[str]:
    """What still has to be said before the report can be submitted, for a person."""
    if form.decision is None:
        yield "the decision"
    if form.certainty is None:
        yield "how certain you are"
    if plain_length(form.reason) < SHORTEST_REASON:
        yield f"a reason of at least {SHORTEST_REASON} characters"
    if form.decision is Finding.FAKE:
        if form.technique is None:
            yield "the suspected technique (it may be “unknown”)"
        if all(part.is_empty() for part in (form.spectral, form.temporal, form.spatial)):
            yield "at least one inconsistency"


def need_complete(form: ExpertForm) -> None:
    """Raise `IncompleteReport` unless the form may be submitted."""
    lacking = list(missing(form))
    if lacking:
        raise IncompleteReport(f"Still missing: {'; '.join(lacking)}.")


def changed_fields(before: ExpertForm, after: ExpertForm) -> list[str]:
    """Names of the fields that differ, in the order of the form."""
    old: dict[str, Any] = before.model_dump()
    return [name for name, value in after.model_dump().items() if old[name] != value]


class Attachment(BaseModel):
    """A file beside an expert's report."""

    model_config = ConfigDict(frozen=True)
    id: str
    name: str
    mime: str
    size: int = Field(ge=0, description="in bytes")
    digest: str = Field(description="SHA-256 of its bytes, in hex")


class ExpertReport(BaseModel):
    """A submitted report. It names its writer by pseudonym; it is never changed afterwards."""

    model_config = ConfigDict(frozen=True)
    expert: str = Field(description="pseudonym")
    review: int = Field(ge=1, description="1 and 2 wrote independently; 3 decided between them")
    submitted_at: datetime
    version: int = Field(ge=1, description="of the writer's versions the submitted one")
    media: str = Field(description="SHA-256 of the item, in hex")
    form: ExpertForm
    attachments: list[Attachment] = []
