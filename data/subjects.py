"""Which face of a picture or a film its label speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from clarity.errors import ClarityError
from clarity.faces.detect import FaceDetector
from clarity.faces.geometry import Box, Face, overlap
from clarity.faces.track import track
from clarity.media.frames import DecodedMedia, Frame
from data.items import Item

SAME_FACE = 0.2
"""Least overlap of a face with the box that a dataset names."""


class NoFace(ClarityError):
    status: ClassVar[int] = 422
    code: ClassVar[str] = "no-face"
    hint = "Look at the picture: a face may be too small, turned away or covered."


@dataclass(frozen=True, slots=True)
class Subject:
    """A face that the label speaks of, in one frame.

    Attributes:
        person: number of its track in the item, the largest person first.
        reduction: pixels of the media a pixel of the frame, at least 1.
    """

    frame: Frame
    face: Face
    person: int
    reduction: float


def find_subjects(item: Item, media: DecodedMedia, detector: FaceDetector) -> list[Subject]:
    """In each frame the annotated face, or else the largest.

    Frames of a forged film outside its forged stretches are left out: they are neither.

    Raises:
        NoFace: no frame has it.
    """
    faces = [detector.detect(frame.pixels) for frame in media.frames]
    person = {
        (sighting.frame, id(sighting.face)): found.person
        for found in track(media.frames, faces)
        for sighting in found.sightings
    }
    subjects = []
    for number, (frame, found) in enumerate(zip(media.frames, faces, strict=True)):
        reduction = media.width / frame.pixels.shape[1]
        face = chosen_face(found, _reduced(item.annotation.box, reduction))
        if face and label_holds(item, frame.seconds):
            subjects.append(Subject(frame, face, person[number, id(face)], reduction))
    if not subjects:
        raise NoFace("a face, but none that the label speaks of" if any(faces) else "no face")
    return subjects


def label_holds(item: Item, seconds: float) -> bool:
    """Whether the label is true at a time: forged films may be forged in stretches only."""
    stretches = item.annotation.segments if item.fake else ()
    return not stretches or any(start <= seconds <= end for start, end in stretches)


def chosen_face(faces: Sequence[Face], box: Box | None) -> Face | None:
    """The face that overlaps a box most, or the first, largest one where there is no box."""
    if box is None:
        return faces[0] if faces else None
    best = max(faces, key=lambda face: overlap(face.box, box), default=None)
    return best if best and overlap(best.box, box) >= SAME_FACE else None


def _reduced(box: Box | None, reduction: float) -> Box | None:
    if box is None:
        return None
    x, y, width, height = (value / reduction for value in box)
    return x, y, width, height
