"""The report as it travels: stored, answered by the gateway, shown by the apps."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.media.provenance import Provenance


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class MediaFacts(Message):
    """What was judged. `digest` is the SHA-256 of the file's bytes, in hex."""

    digest: str
    kind: MediaKind
    mime: str
    width: int
    height: int
    duration_seconds: float
    frames_read: int
    has_sound: bool


class ModelOpinion(Message):
    """What one detector said of the item or of one person in it.

    Exactly one of `confidence` (0 surely real, 1 surely fake) and `abstention` is set.
    """

    model: str
    release: str
    confidence: float | None = Field(default=None, ge=0, le=1)
    abstention: str | None = None
    advisory: bool = Field(
        default=False, description="stands beside the verdict and has no part in it"
    )


class MotionFacts(Message):
    """What was measured of a person over consecutive frames, or why nothing was."""

    abstention: str = Field(default="", description="why nothing was measured; empty: it was")
    begin_seconds: float | None = None
    end_seconds: float | None = None
    frames: int | None = None
    agreement: float | None = Field(
        default=None,
        description="how far the agreement of lips and loudness stands out, in deviations: about "
        "0.6 for foreign sound, 2 to 3 for own; absent where it was not measured",
    )
    unheard: str = Field(default="", description="why agreement was not measured; empty: it was")
    restlessness: float | None = Field(
        default=None, description="log of turning about over moving: 1.1 for shuffled frames"
    )


class Delivery(Message):
    """One way that an item may be sent on, and the person's confidence in copies sent so."""

    name: str = Field(description="such as jpeg-75, half-size or h264-28")
    confidence: float = Field(ge=0, le=1)


class DeliveryFacts(Message):
    """How the verdict on a person fares where the item is sent on.

    Confidences are the highest of the models', as everywhere.
    """

    frames: int = Field(ge=1, description="of the person that were copied")
    itself: float = Field(ge=0, le=1, description="confidence in these frames as they are")
    copies: list[Delivery]
    spread: float = Field(ge=0, le=1, description="highest less lowest of all these confidences")
    flips: bool = Field(
        description="whether a copy has the opposite label, real of fake or fake of real: then "
        "the person is suspicious"
    )


class TimelinePoint(Message):
    """Confidence of the detector that is shown for one sampled frame."""

    seconds: float
    confidence: float = Field(ge=0, le=1)


class Person(Message):
    """One person in the item. Image names are resolved below `/v1/scans/{id}/images/`."""

    person: int
    label: Label
    opinions: list[ModelOpinion]
    box: tuple[float, float, float, float] = Field(
        description="x, y, width, height as fractions of the shown frame's width and height"
    )
    frame_seconds: float = Field(description="time of the frame that is shown")
    frames_seen: int
    shown_by: str = Field(
        default="",
        description="whose timeline and heat map these are: the most suspicious",
    )
    timeline: list[TimelinePoint]
    face_image: str = Field(description="aligned face, PNG")
    heat_image: str = Field(description="class activation map in colour, transparent PNG")
    frame_image: str = Field(description="the whole frame, JPEG, at most 1280 px")
    motion: MotionFacts | None = Field(
        default=None, description="absent where no detector of the panel looks at motion"
    )
    # Left out, not null: the digest of a report of old stays what its receipt says.
    delivery: DeliveryFacts | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="absent where no copies were judged",
    )


class StageTime(Message):
    stage: Literal["fetch", "decode", "faces", "detectors", "explain"]
    seconds: float


class Footprint(Message):
    """What making the report took: an estimate, with what it rests on."""

    seconds: float = Field(ge=0, description="by the clock, without fetching")
    watt_hours: float = Field(ge=0, description="energy drawn by the data centre")
    gco2e: float = Field(ge=0, description="grams of CO2-equivalent")
    basis: str = Field(description="power, PUE and grid that were assumed or measured")


class Report(Message):
    """Decision, evidence and circumstances of one scan.

    `reason` is one sentence for a person; with the label "not applicable" it says why.
    `confidence` is the highest of the models', absent when none could look.
    """

    label: Label
    reason: str
    confidence: float | None = Field(default=None, ge=0, le=1)
    opinions: list[ModelOpinion]
    people: list[Person]
    media: MediaFacts
    provenance: Provenance | None = Field(
        default=None, description="beside the verdict, never part of it; absent in reports of old"
    )
    created_at: datetime
    times: list[StageTime]
    footprint: Footprint | None = Field(
        default=None, description="of the scan that made it; absent in reports of old"
    )


class ShareOrder(Message):
    """What a link is to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    hours: int = Field(default=168, ge=1, le=24 * 366, description="life of the link")


class Share(Message):
    """A link to a report. `token` is told once, when the link is made, and never again."""

    id: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    token: str | None = None


class SharedReport(Message):
    """What a link shows: the report and the name of the item, and nothing of its owner."""

    source: str
    expires_at: datetime
    report: Report


class SimilarItem(Message):
    """An item that was checked before and looks alike. It is another file: nothing follows."""

    label: Label
    confidence: float | None = None
    differing_bits: int = Field(ge=0, le=64, description="of 64 of the perceptual hashes")
    checked_on: date
