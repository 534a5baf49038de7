"""The receipt of a verdict and the log that it stands in, as they travel.

All digests are SHA-256 in lower-case hex. A receipt names everything that a verdict rests on,
so that the scores can be computed again, bit for bit, long after.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Digest = str


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(Message):
    """A class of machines: those that agree in all of this give the same bits."""

    architecture: str
    processor: str = Field(description="as the processor names itself")
    instructions: tuple[str, ...] = Field(description="instruction sets that choose kernels")


class Circumstances(Message):
    """Where something was computed, and with what."""

    code: Digest = Field(description="of the Python files of the library")
    versions: dict[str, str] = Field(description="of Python and of every package that computes")
    machine: Machine


class FrameTrace(Message):
    """One frame that was looked at; `pixels` is of its RGB bytes, row by row."""

    index: int
    seconds: float
    shot: int
    width: int
    height: int
    pixels: Digest


class SightingTrace(Message):
    """One face in one frame, in pixels of that frame; `crop` is of the aligned RGB face."""

    frame: int = Field(description="counts the frames of the receipt from 0")
    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...]
    crop: Digest


class OpinionTrace(Message):
    """What one detector said of one person: the logit of every sighting, and all together."""

    confidence: float
    logits: tuple[float, ...]
    # Left out where there are none, as below: receipts of old keep their digests.
    copies: dict[str, tuple[float, ...]] = Field(
        default_factory=dict,
        exclude_if=lambda value: not value,
        description="delivery -> logit of each copy of the frames that were copied",
    )


class MotionTrace(Message):
    """What was measured over consecutive frames; `digest` is of the curves and the loudness."""

    measures: tuple[float, ...] = ()
    frames: int = 0
    digest: Digest = ""
    abstention: str = Field(default="", description="why nothing was measured; empty: it was")


class CopiesTrace(Message):
    """Copies of a person's faces as they would arrive if sent on."""

    sightings: tuple[int, ...] = Field(description="that were copied; counts them from 0")
    crops: dict[str, Digest] = Field(description="delivery -> of the RGB bytes of all its copies")


class PersonTrace(Message):
    person: int
    label: str
    sightings: tuple[SightingTrace, ...]
    opinions: dict[str, OpinionTrace]
    motion: MotionTrace | None = None
    copies: CopiesTrace | None = Field(default=None, exclude_if=lambda value: value is None)


class DetectorTrace(Message):
    """A detector at work; `digests` names its weights, data, code and settings."""

    release: str
    digests: dict[str, str]
    calibration: dict[str, float | str]
    input: dict[str, float | bool | str | tuple[float, ...]]
    precision: str
    ran_on: Circumstances


class Trace(Message):
    """Everything between the media and the verdict."""

    media: Digest
    kind: str
    mime: str
    settings: dict[str, float] = Field(description="limits and thresholds that matter")
    face_detector: Digest = Field(description="of its weights")
    frames: tuple[FrameTrace, ...]
    run: Digest | None = Field(
        default=None, description="of the pixels and the sound of consecutive frames, if any"
    )
    people: tuple[PersonTrace, ...] = Field(description="none: nobody could be judged")
    detectors: dict[str, DetectorTrace]
    label: str
    confidence: float | None
    ran_on: Circumstances = Field(description="of everything but the detectors")


class Receipt(Message):
    """A trace, bound to the report that was given out."""

    format: Literal["clarity-receipt/1"] = "clarity-receipt/1"
    made_at: datetime
    trace: Trace
    report: Digest = Field(description="of the report as canonical JSON (RFC 8785)")
    images: dict[str, Digest] = Field(description="picture of the report -> its bytes")


class Entry(Message):
    """A line of the log. Its own digest is that of its canonical JSON."""

    sequence: int = Field(ge=1)
    previous: Digest = Field(description="of the entry before; zeros before the first")
    at: datetime
    receipt: Digest = Field(
        description="of the receipt, or of a settled verdict, as canonical JSON (RFC 8785)"
    )
    key: str = Field(description="identifier of the key that signed")


class SignedEntry(Message):
    """An entry with an Ed25519 signature, in base64, of its canonical JSON."""

    entry: Entry
    signature: str


class SignedReceipt(Message):
    """What the owner of a verdict keeps."""

    receipt: Receipt
    signed: SignedEntry


class Head(Message):
    """The newest line of the log. Kept elsewhere, it fixes all that came before."""

    signed: SignedEntry | None = Field(description="absent while the log is empty")
    digest: Digest = Field(description="of the newest entry; zeros while there is none")


class VerifyingKey(Message):
    """A public key: the raw 32 bytes of Ed25519 in base64."""

    key: str = Field(description="identifier: the first 16 digits of the digest of those bytes")
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    first_used: datetime | None = None
