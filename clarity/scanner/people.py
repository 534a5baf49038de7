"""Who is in the item: faces of all frames, joined to people, cut to one shared crop."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clarity.detectors.contract import CROP_SIZE
from clarity.faces.align import align
from clarity.faces.detect import FaceDetector
from clarity.faces.geometry import Sighting, Track
from clarity.faces.track import track
from clarity.media.frames import DecodedMedia

MIN_FACE = 40
"""Smallest face, in pixels of its longer side, that can be judged honestly."""

MAX_PEOPLE = 8
"""People that are judged, largest first: a crowd must not stop the service."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person with the crops to judge, uint8 (sightings, 224, 224, 3)."""

    track: Track
    crops: np.ndarray


@dataclass(frozen=True, slots=True)
class Nobody:
    """No face that can be judged, and why, as a sentence for a person."""

    reason: str


def find_people(
    media: DecodedMedia, progress: Callable[[float], None] = lambda fraction: None
) -> list[Subject] | Nobody:
    """The people of an item, largest first, or why nobody can be judged."""
    detector = FaceDetector()
    faces = []
    for number, frame in enumerate(media.frames):
        faces.append(detector.detect(frame.pixels))
        progress((number + 1) / len(media.frames))
    sizes = [face.size for found in faces for face in found]
    if not sizes:
        return Nobody("No face was found. Clarity judges pictures and videos of people only.")
    if max(sizes) < MIN_FACE:
        return Nobody(
            f"The largest face is {max(sizes):.0f} pixels wide; below {MIN_FACE} pixels there is "
            "too little detail to judge. Try a version with higher resolution."
        )
    large = [[face for face in found if face.size >= MIN_FACE] for found in faces]
    tracks = track(media.frames, large)[:MAX_PEOPLE]
    return [_subject(media, person) for person in tracks]


def _subject(media: DecodedMedia, person: Track) -> Subject:
    return Subject(person, np.stack([_crop(media, sighting) for sighting in person.sightings]))


def _crop(media: DecodedMedia, sighting: Sighting) -> np.ndarray:
    return align(media.frames[sighting.frame].pixels, sighting.face, size=CROP_SIZE)
