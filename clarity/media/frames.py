"""Decoded media: what every later stage works on."""

from dataclasses import dataclass, field
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
class Run:
    """Consecutive frames of one shot at equal distances.

    Attributes:
        frames: in time order.
        rate: frames a second.
        sound: float32 (n,), mono, in [-1, 1], at `clarity.media.sound.SAMPLE_RATE`, from the
            first frame on; empty where there is none or silence.
    """

    frames: tuple[Frame, ...]
    rate: float
    sound: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))


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
        run: consecutive frames beside those, where they were asked for and could be had.
        provenance: what the file says of itself.
    """

    kind: MediaKind
    mime: str
    width: int
    height: int
    duration: float
    has_sound: bool
    frames: tuple[Frame, ...]
    run: Run | None = None
    provenance: Provenance = NOTHING_SAID
