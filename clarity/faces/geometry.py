"""Faces as values: a box, five landmarks, a track over time."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face in one frame.

    Attributes:
        box: (x, y, width, height) in pixels of the frame, float.
        landmarks: float32, shape (5, 2), pixels: right eye, left eye, nose tip, right and
            left corner of the mouth; right and left are the person's own.
        confidence: of the face detector, in [0, 1]; says nothing about forgery.
    """

    box: tuple[float, float, float, float]
    landmarks: np.ndarray
    confidence: float

    @property
    def size(self) -> float:
        """The longer side of the box, in pixels."""
        return max(self.box[2], self.box[3])


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face of a track in one frame; `frame` counts the sampled frames from 0."""

    frame: int
    face: Face


@dataclass(frozen=True, slots=True)
class Track:
    """One person over time, in one or more shots; `person` counts from 0, largest first."""

    person: int
    sightings: tuple[Sighting, ...]
