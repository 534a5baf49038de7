"""What a verdict rests on, written down while it is made: see `clarity.evidence`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files

import numpy as np

from clarity.detectors.contract import CROP_SIZE
from clarity.ensemble import TRIM
from clarity.evidence.circumstances import here
from clarity.evidence.messages import (
    Circumstances,
    DetectorTrace,
    FrameTrace,
    OpinionTrace,
    PersonTrace,
    SightingTrace,
    Trace,
)
from clarity.faces.align import CROP_MARGIN
from clarity.faces.geometry import Sighting
from clarity.labels import FAKE_ABOVE, REAL_BELOW, Label
from clarity.media.frames import DecodedMedia, Frame
from clarity.media.limits import Limits
from clarity.scanner.panel import Opinion, Panel
from clarity.scanner.people import MAX_PEOPLE, MIN_FACE, Subject

DECODED_BY = ("max_frames", "decoded_pixels", "max_image_side", "max_frame_side")
"""Limits that choose which pixels are looked at; the others only refuse."""

Judged = tuple[Subject, Label, Mapping[str, Opinion]]
"""A person, the verdict on that person, and what each detector said."""


def trace(
    media: DecodedMedia,
    *,
    digest: str,
    limits: Limits,
    judged: Sequence[Judged],
    panel: Panel,
    label: Label,
    confidence: float | None,
) -> Trace:
    """Digests and numbers of everything between the file and its verdict."""
    return Trace(
        media=digest,
        kind=media.kind.value,
        mime=media.mime,
        settings=settings(limits),
        face_detector=_face_detector(),
        frames=tuple(_frame(frame) for frame in media.frames),
        people=tuple(_person(*one) for one in judged),
        detectors={name: _detector(name, panel, judged) for name in panel},
        label=label.value,
        confidence=confidence,
        ran_on=here(),
    )


def settings(limits: Limits) -> dict[str, float]:
    """The numbers that a verdict depends on, by name."""
    return {
        **{name: value for name, value in asdict(limits).items() if name in DECODED_BY},
        "min_face": MIN_FACE,
        "max_people": MAX_PEOPLE,
        "crop_size": CROP_SIZE,
        "crop_margin": CROP_MARGIN,
        "trim": TRIM,
        "real_below": REAL_BELOW,
        "fake_above": FAKE_ABOVE,
    }


def limits_of(recorded: Trace) -> Limits:
    """The limits under which a recorded file was decoded."""
    return Limits(**{name: int(recorded.settings[name]) for name in DECODED_BY})


def _frame(frame: Frame) -> FrameTrace:
    height, width = frame.pixels.shape[:2]
    return FrameTrace(
        index=frame.index,
        seconds=frame.seconds,
        shot=frame.shot,
        width=width,
        height=height,
        pixels=_pixels(frame.pixels),
    )


def _person(subject: Subject, label: Label, opinions: Mapping[str, Opinion]) -> PersonTrace:
    pairs = zip(subject.track.sightings, subject.crops, strict=True)
    return PersonTrace(
        person=subject.track.person,
        label=label.value,
        sightings=tuple(_sighting(sighting, crop) for sighting, crop in pairs),
        opinions={
            name: OpinionTrace(confidence=told.confidence, logits=tuple(told.logits.tolist()))
            for name, told in opinions.items()
        },
    )


def _sighting(sighting: Sighting, crop: np.ndarray) -> SightingTrace:
    x, y, width, height = (float(value) for value in sighting.face.box)
    return SightingTrace(
        frame=sighting.frame,
        box=(x, y, width, height),
        landmarks=tuple((x, y) for x, y in sighting.face.landmarks.tolist()),
        crop=_pixels(crop),
    )


def _detector(name: str, panel: Panel, judged: Sequence[Judged]) -> DetectorTrace:
    card = panel[name].card
    told: list[Circumstances] = [
        opinions[name].ran_on or here() for _, _, opinions in judged if name in opinions
    ]
    return DetectorTrace(
        release=card.release,
        digests=card.digests,
        calibration=card.calibration.model_dump(),
        input=card.input.model_dump(),
        precision=card.precision,
        ran_on=told[0] if told else here(),
    )


def _pixels(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()


@cache
def _face_detector() -> str:
    weights = files("clarity.faces") / "weights" / "face_detection_yunet_2023mar.onnx"
    return hashlib.sha256(weights.read_bytes()).hexdigest()
