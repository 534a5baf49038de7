"""Faces as values: a box, five landmarks, a track over time."""

from dataclasses import dataclass

import numpy as np

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face in one frame.

    Attributes:
        box: (x, y, width, height) in pixels of the frame, float.
        landmarks: float32, shape (5, 2), pixels: right eye, left eye, nose tip, right and
            left corner of the mouth; right and left are the person's own.
        confidence: of the face detector, in [0, 1]; says nothing about forgery.
    """

    box: Box
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


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = one[2] * one[3] + other[2] * other[3] - shared
    return shared / union if union else 0.0
