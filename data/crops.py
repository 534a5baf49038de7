"""The stored face crop: how large, how wide, how it is written and read."""

import cv2
import numpy as np

from clarity.faces.align import align, alignment, transform
from clarity.faces.geometry import Face
from data.reading import ShardDamaged

STORED_SIZE = 256
STORED_MARGIN = 1.4
"""Wider than what a network sees, so that training can jitter the framing; cut back to
`clarity.faces.align.CROP_MARGIN` it is the crop that serving makes."""


def stored_crop(pixels: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Crop, uint8 RGB (256, 256, 3), and the five landmarks in its pixels, float32 (5, 2)."""
    crop = align(pixels, face, size=STORED_SIZE, margin=STORED_MARGIN)
    matrix = alignment(face, size=STORED_SIZE, margin=STORED_MARGIN)
    return crop, transform(face.landmarks, matrix)


def encoded(crop: np.ndarray) -> bytes:
    """A lossless PNG of an uint8 RGB picture."""
    return cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))[1].tobytes()


def decoded(png: bytes) -> np.ndarray:
    """The picture that `encoded` was given, bit for bit.

    Raises:
        ShardDamaged: these bytes are no picture.
    """
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ShardDamaged("a crop of the set cannot be decoded")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
