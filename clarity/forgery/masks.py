"""Soft masks of faces and their parts, in as many shapes as forgers paste.

Varied hulls are worth about ten points of AUC to self-blending (the authors' own answer,
github.com/mapooon/SelfBlendedImages, issue 41): one hull teaches one seam.
"""

import cv2
import numpy as np

from clarity.forgery import anatomy
from clarity.forgery.warping import displace, tremble


def _places(*rows: tuple[float, float, float]) -> anatomy.Places:
    return np.array(rows, np.float32)


def _half(outline: anatomy.Places, side: int) -> anatomy.Places:
    """One half of a face: what lies beyond the middle line is brought onto it."""
    half = outline.copy()
    half[:, 0] = np.maximum(half[:, 0] * side, 0) * side
    return half


def _joined(*parts: anatomy.Places) -> anatomy.Places:
    return np.concatenate(parts)


WITHIN = np.array([0.88, 0.98, 1.0], np.float32)
BELOW_NOSE = _places((0, 0.8, 0.5))
CHIN_SIDES = _places((-0.45, 1.42, 0), (0.45, 1.42, 0))

HULLS: dict[str, list[anatomy.Places]] = {
    "face": [_joined(anatomy.JAW, anatomy.FOREHEAD)],
    "to_brows": [_joined(anatomy.JAW, anatomy.BROWS)],
    "inner": [_joined(anatomy.BROWS, anatomy.CHEEKS, anatomy.MOUTH)],
    "centre": [_joined(anatomy.RIGHT_EYE, anatomy.LEFT_EYE, anatomy.NOSE, anatomy.MOUTH)],
    "features": [anatomy.RIGHT_EYE, anatomy.LEFT_EYE, anatomy.NOSE, anatomy.MOUTH],
    "lower": [_joined(anatomy.JAW[2:-2] * WITHIN, BELOW_NOSE)],
    "lower_box": [_places((-1, 0.45, 0), (1, 0.45, 0), (1, 1.75, 0), (-1, 1.75, 0))],
    "mouth": [_joined(anatomy.MOUTH, CHIN_SIDES)],
    "upper": [_joined(anatomy.FOREHEAD, anatomy.RIGHT_EYE, anatomy.LEFT_EYE)],
    "eyes": [_joined(anatomy.BROWS, anatomy.RIGHT_EYE, anatomy.LEFT_EYE)],
    "right": [_half(_joined(anatomy.JAW, anatomy.BROWS), -1)],
    "left": [_half(_joined(anatomy.JAW, anatomy.BROWS), 1)],
}
"""Convex outlines by name; a mask is their union."""


def hull(
    shape: tuple[int, int], landmarks: np.ndarray, name: str, rng: np.random.Generator
) -> np.ndarray:
    """A hard mask of a part of the face, its outline jittered, float32 (h, w), 0 or 1."""
    mask: np.ndarray = np.zeros(shape, np.uint8)
    for outline in HULLS[name]:
        jittered = outline * rng.uniform(0.92, 1.08, (1, 3)).astype(np.float32)
        jittered += rng.normal(0, 0.03, outline.shape).astype(np.float32)
        corners = np.clip(anatomy.points(landmarks, jittered), -(2**14), 2**14)
        cv2.fillConvexPoly(mask, cv2.convexHull(corners).astype(np.int32), 1)
    return mask.astype(np.float32)


def blob(shape: tuple[int, int], landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of the face in the shape of thresholded smooth noise, float32 (h, w), 0 or 1."""
    noise = cv2.resize(
        rng.standard_normal((5, 5), np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    face = hull(shape, landmarks, "face", rng)
    if not face.any():
        return face
    level = np.quantile(noise[face > 0], rng.uniform(0.3, 0.7))
    return face * (noise > level)


def bend(mask: np.ndarray, rng: np.random.Generator, *, most: float) -> np.ndarray:
    """The mask under a smooth random displacement of up to `most` pixels."""
    field = tremble((mask.shape[0], mask.shape[1]), rng, most=most, cells=5)
    return np.clip(displace(mask, field), 0, 1)


def soften(mask: np.ndarray, sigma: float) -> np.ndarray:
    """The mask with a soft edge, in [0, 1]."""
    blurred = cv2.GaussianBlur(mask, (0, 0), max(0.6, sigma), borderType=cv2.BORDER_REFLECT_101)
    # a Gaussian has no end: what cannot change a grey level is not part of the mask
    blurred[blurred < 1 / 512] = 0
    return np.minimum(blurred, 1.0)


def ellipse(
    shape: tuple[int, int],
    landmarks: np.ndarray,
    place: tuple[float, float],
    size: tuple[float, float],
) -> np.ndarray:
    """A soft ellipse on the face: 1 in the middle, 0 from its edge on, float32 (h, w).

    Args:
        place: middle (u, v) of `anatomy`.
        size: half axes in u and v.
    """
    u, v = anatomy.frame_coordinates(shape, landmarks)
    distance = ((u - place[0]) / size[0]) ** 2 + ((v - place[1]) / size[1]) ** 2
    height = np.clip(1 - distance, 0, 1)
    smooth: np.ndarray = height * height * (3 - 2 * height)
    return smooth.astype(np.float32)
