"""Decoded media: what every later stage works on."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from clarity.media.provenance import NOTHING_SAID, Provenance


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Frame:
    """One sampled picture.

    Attributes:
        index: its number in the container (0 for an image).
        seconds: its presentation time (0.0 for an image).
        shot: the number of the shot it belongs to; identity tracks never cross a shot.
        pixels: uint8 RGB, shape (height, width, 3), upright.
    """

    index: int
    seconds: float
    shot: int
    pixels: np.ndarray


@dataclass(frozen=True, slots=True)
class DecodedMedia:
    """Sampled frames and the facts of their container.

    Attributes:
        kind: image or video.
        mime: what the content is, never what its name claims.
        width, height: of the upright picture, in pixels, before any down-scaling.
        duration: seconds; 0.0 for an image.
        has_sound: whether the container carries an audio stream.
        frames: in time order, at least one.
        provenance: what the file says of itself.
    """

    kind: MediaKind
    mime: str
    width: int
    height: int
    duration: float
    has_sound: bool
    frames: tuple[Frame, ...]
    provenance: Provenance = NOTHING_SAID
