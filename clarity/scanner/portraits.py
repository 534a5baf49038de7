"""What is shown of a person: the face, the heat map, the frame, the timeline."""

import numpy as np

from clarity.detectors.contract import CROP_SIZE
from clarity.explanation import departure, heat_map, png, preview
from clarity.labels import Abstention, Label
from clarity.media.frames import DecodedMedia, Frame
from clarity.reports.messages import ModelOpinion, MotionFacts, Person, TimelinePoint
from clarity.scanner.motion import Motion
from clarity.scanner.panel import Opinion
from clarity.scanner.people import Subject


def portray(
    media: DecodedMedia,
    subject: Subject,
    opinion: Opinion,
    *,
    shown_by: str,
    label: Label,
    opinions: list[ModelOpinion],
) -> tuple[Person, dict[str, bytes]]:
    """A person of the report and the pictures that it names.

    Shown is the frame that looks most forged to the detector whose opinion is given: the one
    that a reader who doubts the verdict wants to see.
    """
    number = int(np.argmax(opinion.frames))
    sighting = subject.track.sightings[number]
    frame = media.frames[sighting.frame]
    name = f"person-{subject.track.person}"
    heat = heat_map(
        departure(opinion.maps[number], opinion.card.usual_map),
        opinion.card.calibration,
        bias=_bias(opinion, number),
        size=CROP_SIZE,
    )
    images = {
        f"{name}-face.png": png(subject.crops[number]),
        f"{name}-heat.png": png(heat),
        f"{name}-frame.jpg": preview(frame.pixels),
    }
    face_image, heat_image, frame_image = images
    person = Person(
        person=subject.track.person,
        label=label,
        opinions=opinions,
        box=_fractions(sighting.face.box, frame),
        frame_seconds=frame.seconds,
        frames_seen=len(subject.crops),
        shown_by=shown_by,
        timeline=_timeline(media, subject, opinion),
        face_image=face_image,
        heat_image=heat_image,
        frame_image=frame_image,
    )
    return person, images


def motion_facts(moved: Motion | Abstention | None) -> MotionFacts | None:
    """How a person moved, as it is told; None where no detector looked."""
    if moved is None:
        return None
    if isinstance(moved, Abstention):
        return MotionFacts(abstention=moved.reason)
    agreement, _, restlessness = (float(value) for value in moved.measures)
    return MotionFacts(
        begin_seconds=moved.begin,
        end_seconds=moved.end,
        frames=moved.frames,
        agreement=None if moved.unheard else agreement,
        unheard=moved.unheard,
        restlessness=restlessness,
    )


def _bias(opinion: Opinion, number: int) -> float:
    """The dense unit's bias: the frame's logit less the mean of its cells."""
    return float(opinion.logits[number] - opinion.maps[number].mean())


def _timeline(media: DecodedMedia, subject: Subject, opinion: Opinion) -> list[TimelinePoint]:
    return [
        TimelinePoint(seconds=media.frames[sighting.frame].seconds, confidence=confidence)
        for sighting, confidence in zip(
            subject.track.sightings, opinion.frames.tolist(), strict=True
        )
    ]


def _fractions(
    box: tuple[float, float, float, float], frame: Frame
) -> tuple[float, float, float, float]:
    height, width = frame.pixels.shape[:2]
    x, y, w, h = box
    return (x / width, y / height, w / width, h / height)
