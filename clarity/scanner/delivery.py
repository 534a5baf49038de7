"""Copies of a person's crops as they would arrive if the item were sent on.

Messengers and platforms compress and shrink what they are given. Nothing is drawn by chance: the
same crops give the same copies, so a receipt needs no more than the fact that there were some.
`clarity.scanner.steadiness` says what follows from them, docs/decisions/0014 why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from clarity.media import codecs
from clarity.media.sampling import evenly

QUALITIES = (75, 50)
"""Of JPEG: as messengers send a picture, and as it looks where that was done again or harder."""

CRF = 28
"""Rate factor of H.264, for clips."""

MOST_FRAMES = 8
"""Frames of a person that are copied, spread evenly: a mean over time needs no more."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of some frames of one person.

    Attributes:
        chosen: places of these frames among the person's, ascending.
        crops: delivery -> copies of these frames, uint8 (len(chosen), side, side, 3).
    """

    chosen: tuple[int, ...]
    crops: Mapping[str, np.ndarray]


def delivered(crops: np.ndarray, *, moving: bool) -> Copies:
    """Copies of a person's crops after every delivery.

    Args:
        crops: uint8 RGB (frames, side, side, 3), at least one, in time order.
        moving: whether they are of a clip; then H.264 is among the deliveries.
    """
    chosen = tuple(evenly(len(crops), MOST_FRAMES))
    taken = [crops[place] for place in chosen]
    copies: dict[str, Sequence[np.ndarray]] = {
        f"jpeg-{quality}": [codecs.jpeg(crop, quality) for crop in taken] for quality in QUALITIES
    }
    copies["half-size"] = [_halved(crop) for crop in taken]
    if moving:
        copies[f"h264-{CRF}"] = codecs.h264(taken, CRF)
    return Copies(chosen, {name: np.stack(copy) for name, copy in copies.items()})


def _halved(crop: np.ndarray) -> np.ndarray:
    """Down to half its sides, by area, and up again."""
    height, width = crop.shape[:2]
    size = (max(1, width // 2), max(1, height // 2))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
