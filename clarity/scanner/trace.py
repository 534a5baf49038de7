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
    CopiesTrace,
    DetectorTrace,
    FrameTrace,
    MotionTrace,
    OpinionTrace,
    PersonTrace,
    SightingTrace,
    Trace,
)
from clarity.faces.align import CROP_MARGIN
from clarity.faces.geometry import Sighting
from clarity.labels import FAKE_ABOVE, REAL_BELOW, Abstention, Label
from clarity.media.frames import DecodedMedia, Frame, Run
from clarity.media.limits import Limits
from clarity.scanner.delivery import MOST_FRAMES, Copies
from clarity.scanner.motion import Motion
from clarity.scanner.panel import Opinion, Panel, Said
from clarity.scanner.people import MAX_PEOPLE, MIN_FACE, Subject

DECODED_BY = ("max_frames", "decoded_pixels", "max_image_side", "max_frame_side")
"""Limits that choose which pixels are looked at; the others only refuse."""

RUN_BY = ("run_frames", "run_side")
"""The same of consecutive frames; named where some were asked for."""

DELIVERED_BY = "delivered_frames"
"""Names the frames of a person that copies are made of; there where copies were made."""

CASCADE = "cascade"
"""There where detectors were asked one after another."""

Judged = tuple[Subject, Label, Mapping[str, Said], Motion | Abstention | None, Copies | None]
"""A person, the verdict on that person, what each detector said, how the person moved, and the
copies of the person's faces that were judged too."""


def trace(
    media: DecodedMedia,
    *,
    digest: str,
    settings: Mapping[str, float],
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
        settings=dict(settings),
        face_detector=_face_detector(),
        frames=tuple(_frame(frame) for frame in media.frames),
        run=_run(media.run),
        people=tuple(_person(*one) for one in judged),
        detectors={name: _detector(name, panel, judged) for name in panel},
        label=label.value,
        confidence=confidence,
        ran_on=here(),
    )


def named_settings(limits: Limits, *, deliveries: bool, cascade: bool) -> dict[str, float]:
    """The numbers that a verdict depends on, by name."""
    named = (*DECODED_BY, *RUN_BY) if limits.run_frames else DECODED_BY
    return {
        **{name: value for name, value in asdict(limits).items() if name in named},
        "min_face": MIN_FACE,
        "max_people": MAX_PEOPLE,
        "crop_size": CROP_SIZE,
        "crop_margin": CROP_MARGIN,
        "trim": TRIM,
        "real_below": REAL_BELOW,
        "fake_above": FAKE_ABOVE,
        **({DELIVERED_BY: MOST_FRAMES} if deliveries else {}),
        **({CASCADE: 1} if cascade else {}),
    }


def limits_of(recorded: Trace) -> Limits:
    """The limits under which a recorded file was decoded."""
    named = (*DECODED_BY, *(name for name in RUN_BY if name in recorded.settings))
    return Limits(**{name: int(recorded.settings[name]) for name in named})


def had_cascade(recorded: Trace) -> bool:
    """Whether detectors were left unasked once they could not change a label."""
    return CASCADE in recorded.settings


def had_deliveries(recorded: Trace) -> bool:
    """Whether copies were judged too."""
    return DELIVERED_BY in recorded.settings


def _run(run: Run | None) -> str | None:
    """One digest over all pixels and the sound of consecutive frames."""
    if run is None:
        return None
    whole = hashlib.sha256()
    for part in (*(frame.pixels for frame in run.frames), run.sound):
        whole.update(np.ascontiguousarray(part).data)
    return whole.hexdigest()


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


def _person(
    subject: Subject,
    label: Label,
    told: Mapping[str, Said],
    moved: Motion | Abstention | None,
    copies: Copies | None,
) -> PersonTrace:
    pairs = zip(subject.track.sightings, subject.crops, strict=True)
    return PersonTrace(
        person=subject.track.person,
        label=label.value,
        sightings=tuple(_sighting(sighting, crop) for sighting, crop in pairs),
        opinions={name: _opinion(said) for name, said in told.items() if isinstance(said, Opinion)},
        motion=_motion(moved),
        copies=_copies(copies),
    )


def _opinion(said: Opinion) -> OpinionTrace:
    return OpinionTrace(
        confidence=said.confidence,
        logits=tuple(said.logits.tolist()),
        copies={} if said.copies is None else dict(said.copies.logits),
    )


def _copies(copies: Copies | None) -> CopiesTrace | None:
    if copies is None:
        return None
    return CopiesTrace(
        sightings=copies.chosen,
        crops={name: _pixels(crops) for name, crops in copies.crops.items()},
    )


def _motion(moved: Motion | Abstention | None) -> MotionTrace | None:
    if moved is None:
        return None
    if isinstance(moved, Abstention):
        return MotionTrace(abstention=moved.reason)
    return MotionTrace(
        measures=tuple(moved.measures.tolist()), frames=moved.frames, digest=moved.digest
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
        said.ran_on or here()
        for _, _, opinions, _, _ in judged
        if isinstance(said := opinions.get(name), Opinion)
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
