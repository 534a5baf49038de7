"""Putting one picture into another: by weight, by gradients, or band by band.

Whatever the way, where the mask is 0 the outer picture is kept to the bit.
"""

from typing import Literal

import cv2
import numpy as np

Way = Literal["alpha", "poisson", "bands"]

BANDS = 4


def blend(inner: np.ndarray, outer: np.ndarray, mask: np.ndarray, way: Way) -> np.ndarray:
    """Paste `inner` into `outer`, both uint8 RGB (h, w, 3), where `mask` (h, w) says."""
    if way == "poisson":
        # the clone already fits at its rim: the soft edge only hides what it left
        return alpha(poisson(inner, outer, mask), outer, np.minimum(mask * 2, mask.max()))
    if way == "bands":
        return alpha(bands(inner, outer, mask), outer, np.minimum(mask * 8, 1))
    return alpha(inner, outer, mask)


def draw_way(rng: np.random.Generator) -> Way:
    """Mostly by weight; gradients and bands now and then, for they cost more."""
    ways: tuple[Way, ...] = ("alpha", "poisson", "bands")
    return ways[rng.choice(3, p=[0.7, 0.15, 0.15])]


def alpha(inner: np.ndarray, outer: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Weighted by the mask."""
    return cv2.blendLinear(
        np.ascontiguousarray(inner),
        np.ascontiguousarray(outer),
        mask.astype(np.float32),
        (1.0 - mask).astype(np.float32),
    )


def poisson(inner: np.ndarray, outer: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The gradients of `inner`, the colours of `outer` round it (Perez et al. 2003)."""
    hard = (mask > 0.25 * mask.max()).astype(np.uint8) * 255
    # the equation needs a rim of `outer` on all sides
    hard[:2], hard[-2:], hard[:, :2], hard[:, -2:] = 0, 0, 0, 0
    x, y, width, height = cv2.boundingRect(hard)
    if min(width, height) < 4:
        return inner
    centre = (x + width // 2, y + height // 2)
    return cv2.seamlessClone(inner, outer, hard, centre, cv2.NORMAL_CLONE)


def bands(inner: np.ndarray, outer: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Coarse bands blended widely, fine ones sharply (Burt and Adelson 1983)."""
    difference = inner.astype(np.float32) - outer
    blended = outer + _banded(difference, mask.astype(np.float32), BANDS)
    return np.clip(blended + 0.5, 0, 255).astype(np.uint8)


def _banded(difference: np.ndarray, weight: np.ndarray, levels: int) -> np.ndarray:
    """The weighted Laplacian pyramid of a difference (h, w, 3), put together again."""
    if levels == 1:
        return difference * weight[..., None]
    size = difference.shape[1::-1]
    coarse = cv2.pyrDown(difference)
    fine = (difference - cv2.pyrUp(coarse, dstsize=size)) * weight[..., None]
    below = _banded(coarse, cv2.pyrDown(weight), levels - 1)
    return fine + cv2.pyrUp(below, dstsize=size)
