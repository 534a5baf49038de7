"""Skin, hair, lips and folds of a face: soft masks by place and by colour, float32 (h, w)."""

import cv2
import numpy as np

from clarity.forgery import anatomy, masks
from clarity.forgery.contract import RealFace


def skin_mask(face: RealFace, rng: np.random.Generator) -> np.ndarray:
    """The face without eyes, brows and mouth, where the colour is that of the cheeks."""
    span = anatomy.span(face.landmarks)
    place = masks.soften(masks.hull(face.shape, face.landmarks, "face", rng), 0.06 * span)
    for name in ("eyes", "mouth"):
        place *= 1 - masks.soften(masks.hull(face.shape, face.landmarks, name, rng), 0.05 * span)
    cheeks = both_sides(face, (0.55, 0.55), (0.3, 0.3)) > 0.3
    mask = place * _alike(face.pixels, cheeks, spread=3.0, sigma=0.01 * span)
    mask[mask < 1 / 512] = 0
    return mask


def hair_mask(face: RealFace) -> np.ndarray:
    """Where the picture round the head has the colour of what lies above the forehead."""
    u, v = anatomy.frame_coordinates(face.shape, face.landmarks)
    head = np.clip(1.3 - ((u / 1.55) ** 2 + ((v - 0.1) / 1.75) ** 2), 0, 0.3) / 0.3
    inside = (u / 1.02) ** 2 + ((v - 0.45) / 1.3) ** 2
    place = head * np.clip((inside - 0.85) / 0.3, 0, 1) * np.clip((1.0 - v) / 0.5, 0, 1)
    crown = (np.abs(u) < 0.6) & (v < -1.05) & (v > -1.45)
    span = anatomy.span(face.landmarks)
    corners = (np.abs(u) > 1.6) & (v < 0.2)
    mask = place.astype(np.float32) * _alike(
        face.pixels, crown, spread=3.0, sigma=0.015 * span, unlike=corners
    )
    mask[mask < 1 / 512] = 0
    return mask


def lip_mask(face: RealFace) -> np.ndarray:
    """Lips: an almond between the corners of the mouth."""
    right, left = face.landmarks[3].astype(np.float32), face.landmarks[4].astype(np.float32)
    middle, along = (right + left) / 2, (left - right) / 2
    half = max(float(np.linalg.norm(along)), 4.0)
    along = along / half
    x = np.arange(face.shape[1], dtype=np.float32)[None, :] - middle[0]
    y = np.arange(face.shape[0], dtype=np.float32)[:, None] - middle[1]
    s = (x * along[0] + y * along[1]) / half
    t = (y * along[0] - x * along[1]) / half - 0.12 * np.clip(1 - s * s, 0, 1)
    almond = np.clip((np.clip(1 - s * s, 0, 1) * 0.42 - np.abs(t)) / 0.1, 0, 1)
    # lips are redder than the skin, teeth are less red
    red = cv2.cvtColor(face.pixels, cv2.COLOR_RGB2LAB)[..., 1].astype(np.float32)
    cheeks = both_sides(face, (0.55, 0.55), (0.3, 0.3)) > 0.3
    usual = float(np.median(red[cheeks])) if cheeks.any() else 140.0
    lips: np.ndarray = almond * np.clip((red - usual + 2) / 5, 0, 1)
    return lips.astype(np.float32)


def folds(face: RealFace, rng: np.random.Generator) -> np.ndarray:
    """Lines of age: beside the nose, under the eyes, across the forehead."""
    drawn: np.ndarray = np.zeros(face.shape, np.uint8)
    span = anatomy.span(face.landmarks)
    curves = [
        [(-0.32, 0.62), (-0.48, 0.78), (-0.56, 1.0)],
        [(-0.74, 0.12), (-0.52, 0.24), (-0.3, 0.2)],
        [(-0.88, 0.0), (-0.98, 0.05)],
        [(-0.88, -0.06), (-0.97, -0.12)],
    ]
    sided = curves + [[(-u, v) for u, v in curve] for curve in curves]
    sided += [[(-0.5, v), (0.0, v - 0.03), (0.5, v)] for v in (-0.5, -0.64)]
    for curve in sided:
        places = np.array([(u, v, 0.0) for u, v in curve], np.float32)
        places += rng.normal(0, 0.025, places.shape).astype(np.float32)
        line = np.clip(_smoothed(anatomy.points(face.landmarks, places)), -(2**12), 2**12)
        level = int(rng.integers(90, 256))
        # four fractional bits: the lines are thinner than a pixel is wide
        cv2.polylines(drawn, [(line * 16).astype(np.int32)], False, level, 1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(drawn, (0, 0), max(0.6, 0.024 * span)).astype(np.float32)
    return np.clip(soft / max(float(soft.max()), 1.0), 0, 1)


def both_sides(face: RealFace, place: tuple[float, float], size: tuple[float, float]) -> np.ndarray:
    """A soft ellipse at (u, v) and its mirror image."""
    left = masks.ellipse(face.shape, face.landmarks, place, size)
    return np.maximum(left, masks.ellipse(face.shape, face.landmarks, (-place[0], place[1]), size))


def _alike(
    pixels: np.ndarray,
    sample: np.ndarray,
    *,
    spread: float,
    sigma: float,
    unlike: np.ndarray | None = None,
) -> np.ndarray:
    """How near each pixel's Lab colour is to the sample's, 1 to 0 over `spread` deviations.

    Pixels that are nearer to the sample `unlike` count as far, unless the two look the same.
    """
    if sample.sum() < 16:
        return np.zeros(pixels.shape[:2], np.float32)
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    own = lab[sample]
    deviation = own.std(0) + np.array([10, 4, 4], np.float32)
    usual = np.median(own, 0)
    distance = np.abs((lab - usual) / deviation).max(2)
    near = np.clip(spread + 1 - distance, 0, 1)
    if unlike is not None and unlike.sum() >= 16:
        other = np.median(lab[unlike], 0)
        if np.abs(other - usual).max() > 12:
            # light and shade vary within hair and wall alike: colour counts twice
            scale = np.array([0.5, 1, 1], np.float32)
            from_other, from_own = (np.abs((lab - c) * scale).sum(2) for c in (other, usual))
            near *= np.clip((from_other - from_own) / 12 + 0.5, 0, 1)
    near = near.astype(np.float32)
    # the blur rounds to a hair above 1
    return np.minimum(cv2.GaussianBlur(near, (0, 0), max(0.6, sigma)), 1)


def _smoothed(line: np.ndarray) -> np.ndarray:
    """More points along a curve through two or three, float32 (N, 2)."""
    if len(line) < 3:
        return line
    at = np.linspace(0, 1, 12)[:, None]
    curve: np.ndarray = (1 - at) ** 2 * line[0] + 2 * at * (1 - at) * line[1] + at**2 * line[2]
    return curve
