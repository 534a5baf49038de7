"""Transformations that take from a face crop what an attacker has written into it.

A release names one in `InputSpec.transformation`; then it is a part of the release like its
weights: calibrated with it, and the same bits wherever it runs. What each costs on clean faces
and is worth under attack: `python -m train attack` (docs/log.md).

Sources: JPEG, Guo et al. 2018 (arXiv 1711.00117); fewer grey levels, Xu et al. 2018 (feature
squeezing, arXiv 1704.01155); rescaling, Xie et al. 2018 (arXiv 1711.01991), here without chance.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

import cv2
import numpy as np

from clarity.errors import ClarityError

JPEG_QUALITY = 60
SCALE = 0.5
LEVELS = 32
"""Grey levels that are left of 256."""


class UnknownTransformation(ClarityError):
    """No transformation of that name."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "unknown-transformation"
    hint = "The release is of a newer version of Clarity: update, or deploy another release."


def jpeg(crop: np.ndarray) -> np.ndarray:
    """Through JPEG at a quality of 60; a crop is uint8 RGB (side, side, 3)."""
    _, encoded = cv2.imencode(".jpg", crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))[..., ::-1]


def rescaled(crop: np.ndarray) -> np.ndarray:
    """Down to half its side, by area, and up again."""
    side = crop.shape[0]
    small = cv2.resize(crop, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR))


def fewer_levels(crop: np.ndarray) -> np.ndarray:
    """Every value in the middle of one of 32 steps."""
    step = 256 // LEVELS
    return (crop // step * step + step // 2).astype(np.uint8)


TRANSFORMATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "jpeg": jpeg,
    "rescaled": rescaled,
    "fewer_levels": fewer_levels,
}


def transformed(crops: np.ndarray, name: str) -> np.ndarray:
    """Crops, uint8 (N, side, side, 3), each by itself through one of `TRANSFORMATIONS`.

    Raises:
        UnknownTransformation: no such name.
    """
    if name not in TRANSFORMATIONS:
        raise UnknownTransformation(f"There is no transformation called {name!r}.")
    return np.stack([TRANSFORMATIONS[name](crop) for crop in crops])
