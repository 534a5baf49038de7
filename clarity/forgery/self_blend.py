"""Self-blended images (Shiohara and Yamasaki, CVPR 2022, arXiv 2204.08376).

A fake made of one real face: a copy, altered in colour, frequency and geometry, is blended
back through a deformed mask of the face. A detector trained on them learns the traces of
blending that every face swap leaves, whatever tool made it. Of the mouth alone it teaches
lip-sync (SAVe, arXiv 2603.25140).
"""

import cv2
import numpy as np

from clarity.forgery import anatomy, blending, masks
from clarity.forgery.colour import shift_channels, shift_hue
from clarity.forgery.contract import Forgery, Parameters, RealFace
from clarity.forgery.degrade import relight, rescale
from clarity.forgery.warping import displace, tremble

SHARES = {
    "face": 0.18,
    "to_brows": 0.16,
    "inner": 0.14,
    "centre": 0.08,
    "features": 0.08,
    "lower": 0.08,
    "mouth": 0.08,
    "upper": 0.04,
    "eyes": 0.04,
    "right": 0.02,
    "left": 0.02,
    "blob": 0.08,
}
"""How often each hull is drawn."""

MOUTH_SHARES = {"mouth": 0.6, "lower": 0.4}

RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
"""How strongly a mask replaces, drawn evenly (section 3.2)."""


def self_blend(
    face: RealFace, rng: np.random.Generator, *, shares: dict[str, float] = SHARES
) -> Forgery:
    """Blend a face with an altered copy of itself.

    Either the pasted copy or the kept frame is altered, as in the paper; `ground` is the
    frame that was kept.
    """
    mask, shape_of_mask = draw_mask(face, rng, shares=shares)
    altered, colours = alter(face.pixels, rng)
    pasted = rng.random() < 0.5
    inner, outer = (altered, face.pixels) if pasted else (face.pixels, altered)
    moved = _misplace(inner, face, rng)
    way = blending.draw_way(rng)
    parameters: Parameters = {
        "altered": "face" if pasted else "frame",
        "blending": way,
        **shape_of_mask,
        **colours,
    }
    return Forgery(blending.blend(moved, outer, mask, way), mask, parameters, outer)


def mouth_blend(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Self-blend the mouth or the lower face only: what lip-sync tools paste."""
    return self_blend(face, rng, shares=MOUTH_SHARES)


def draw_mask(
    face: RealFace, rng: np.random.Generator, *, shares: dict[str, float] = SHARES
) -> tuple[np.ndarray, Parameters]:
    """A soft random mask of a part of the face, float32 (h, w) in [0, 1]."""
    name = str(rng.choice(list(shares), p=list(shares.values())))
    span = anatomy.span(face.landmarks)
    if name == "blob":
        hard = masks.blob(face.shape, face.landmarks, rng)
    else:
        hard = masks.hull(face.shape, face.landmarks, name, rng)
    hard = masks.bend(hard, rng, most=0.14 * span)
    softness, ratio = rng.uniform(0.02, 0.2), float(rng.choice(RATIOS))
    mask = masks.soften(hard, span * softness) * np.float32(ratio)
    return mask, {"hull": name, "softness": float(softness), "ratio": ratio}


def alter(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Another camera, another tool: colour, then sharpness or lost detail (section 3.1)."""
    way = str(rng.choice(["light", "channels", "hue"], p=[0.4, 0.3, 0.3]))
    parameters: Parameters = {"colour": way}
    if way == "light":
        picture = relight(picture, rng)
    else:
        shift = shift_channels if way == "channels" else shift_hue
        picture, moves = shift(picture, rng)
        parameters |= moves
    if rng.random() < 0.5:
        factor = rng.uniform(0.25, 0.9)
        return rescale(picture, factor), parameters | {"detail": float(factor)}
    amount = rng.uniform(0.2, 1.0)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.5)
    return (
        cv2.addWeighted(picture, 1 + amount, soft, -amount, 0),
        parameters | {"sharpening": float(amount)},
    )


def _misplace(inner: np.ndarray, face: RealFace, rng: np.random.Generator) -> np.ndarray:
    """Move, scale and bend the copy by a few per cent about the nose: a paste never fits."""
    centre = tuple(float(value) for value in face.landmarks[2])
    turn = cv2.getRotationMatrix2D(centre, rng.uniform(-2, 2), rng.uniform(0.95, 1.05))
    matrix = np.array(turn, np.float64)
    matrix[:, 2] += rng.uniform(-0.06, 0.06, 2) * anatomy.span(face.landmarks)
    size = face.shape[::-1]
    moved = cv2.warpAffine(inner, matrix, size, borderMode=cv2.BORDER_REFLECT_101)
    field = tremble(face.shape, rng, most=0.02 * anatomy.span(face.landmarks), cells=5)
    return displace(moved, field)
