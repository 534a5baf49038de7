"""What every forgery takes and gives.

A forgery is a function of real faces and a generator of chance: `(face, rng)`, `(face, other,
rng)`, `(clip, rng)` or `(clip, envelope, rng)`. Nothing else decides: the same material and
the same state of the generator give the same pixels. Forgeries of clips give one `Forgery` a
frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

Parameters = dict[str, float | int | str]
"""What was drawn, by name; flat, ready for JSON or a column each."""


@dataclass(frozen=True, slots=True)
class RealFace:
    """A picture of one real face.

    Attributes:
        pixels: uint8 RGB (height, width, 3).
        landmarks: float32 (5, 2), pixels, as `clarity.faces.geometry.Face` orders them; they
            may lie a little outside the picture.
    """

    pixels: np.ndarray
    landmarks: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.pixels.shape[0], self.pixels.shape[1]


Clip = Sequence[RealFace]
"""One person over consecutive frames of one size."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """A forged picture and the truth about it.

    Attributes:
        pixels: uint8 RGB, the shape of the real picture.
        mask: float32 (height, width) in [0, 1]: how far each pixel was replaced; where it is 0
            the pixels are those of `ground`.
        parameters: what was drawn; with the seed they tell the whole story.
        ground: the real picture that the mask is measured against. It is the given one, but
            for forgeries that change the light or the detail of the whole frame as well.
    """

    pixels: np.ndarray
    mask: np.ndarray
    parameters: Parameters
    ground: np.ndarray = field(repr=False)
