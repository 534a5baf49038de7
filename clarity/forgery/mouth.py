"""Opening and closing a mouth in a picture: jaw, lips and what is seen between them."""

from dataclasses import dataclass

import cv2
import numpy as np

from clarity.forgery.contract import RealFace
from clarity.forgery.warping import displace

DARK = np.array([0.16, 0.07, 0.07], np.float32)
TONGUE = np.array([0.52, 0.24, 0.24], np.float32)
ENAMEL = np.array([0.92, 0.88, 0.80], np.float32)
"""Colours inside a mouth, as parts of the light that falls on the skin round it."""

SAGS = np.linspace(-0.1, 0.6, 29, dtype=np.float32)
"""How far a lip line may hang below the corners, in half widths."""


@dataclass(frozen=True, slots=True)
class MouthFrame:
    """Coordinates of a mouth: s along it, -1 and 1 at the corners; t down from the lip line.

    Attributes:
        s, t: float32 (h, w); t in half widths of the mouth.
        down: unit vector of t in pixels.
        half: half the mouth's width, pixels.
        teeth: whether upper teeth show above the lip line.
    """

    s: np.ndarray
    t: np.ndarray
    down: np.ndarray
    half: float
    teeth: bool


def mouth_frame(face: RealFace) -> MouthFrame:
    """Measure a mouth; see `_lip_line` for what counts as where it opens."""
    right, left = face.landmarks[3].astype(np.float32), face.landmarks[4].astype(np.float32)
    middle, along = (right + left) / 2, (left - right) / 2
    length = float(np.linalg.norm(along))
    along = along / length if length > 1 else np.array([1, 0], np.float32)
    down, half = np.array([-along[1], along[0]]), max(length, 4.0)
    x = np.arange(face.shape[1], dtype=np.float32)[None, :] - middle[0]
    y = np.arange(face.shape[0], dtype=np.float32)[:, None] - middle[1]
    s, t = (x * along[0] + y * along[1]) / half, (x * down[0] + y * down[1]) / half
    sag, teeth = _lip_line(face.pixels, middle, np.stack([along, down]) * half)
    return MouthFrame(s, t - sag * np.clip(1 - s * s, 0, 1), down, half, teeth)


def opened(pixels: np.ndarray, mouth: MouthFrame, amount: float) -> np.ndarray:
    """The mouth with its lips moved apart, or pressed together where `amount` is negative.

    Args:
        pixels: uint8 RGB (h, w, 3).
        mouth: of these pixels.
        amount: of the gap in the middle, in half widths of the mouth; -0.3 to 0.8.
    """
    gap = max(amount, 0.0) * np.clip(1 - (mouth.s / 0.94) ** 2, 0, 1) ** 0.7
    upper, lower = -0.15 * gap, 0.85 * gap
    width = np.exp(-((mouth.s / 1.15) ** 4)) * (amount if amount >= 0 else amount / 2)
    above = -0.15 * width * _fading(upper - mouth.t, 0.7)
    below = 0.85 * width * _fading(mouth.t - lower, 1.6)
    shift = np.where(mouth.t < upper, above, np.where(mouth.t > lower, below, 0))
    shift = cv2.GaussianBlur(shift.astype(np.float32), (0, 0), 0.6)
    moved = displace(pixels, -shift[..., None] * mouth.down * mouth.half)
    return _with_cavity(moved, mouth, upper, gap) if amount > 0.04 else moved


def _with_cavity(
    pixels: np.ndarray, mouth: MouthFrame, upper: np.ndarray, gap: np.ndarray
) -> np.ndarray:
    """Paint the open mouth: dark above a tongue, under teeth where none show yet."""
    from_lips = np.minimum(mouth.t - upper, upper + gap - mouth.t) * mouth.half
    inside = np.clip(from_lips / (0.06 * mouth.half) + 0.5, 0, 1) * (gap > 0.03)
    inside = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.5 + 0.015 * mouth.half)
    light = _light(pixels, mouth)
    depth = np.clip((mouth.t - upper) / np.maximum(gap, 1e-3), 0, 1)[..., None]
    tongue = np.clip((depth - 0.4) / 0.5, 0, 1) * np.clip(1.1 - mouth.s**2, 0, 1)[..., None]
    colour = light * (DARK + (TONGUE - DARK) * 0.8 * tongue)
    if not mouth.teeth:
        row = np.clip((0.36 - depth) / 0.14, 0, 1) * np.clip(gap * 3, 0, 1)[..., None]
        shade = np.clip(1.0 - 0.8 * mouth.s**2, 0.2, 1)[..., None]
        colour += (light * 0.85 * ENAMEL * shade - colour) * 0.85 * row
    painted = pixels + (colour - pixels) * inside[..., None]
    return np.clip(painted + 0.5, 0, 255).astype(np.uint8)


def _light(pixels: np.ndarray, mouth: MouthFrame) -> float:
    """How bright it is round the mouth, up to 255."""
    near = (np.abs(mouth.s) < 1.2) & (np.abs(mouth.t) < 1.0)
    return float(np.percentile(pixels[near], 80)) if near.any() else 180.0


def _fading(distance: np.ndarray, reach: float) -> np.ndarray:
    """1 at the lip, 0 from `reach` on, smooth."""
    near = np.clip(1 - np.maximum(distance, 0) / reach, 0, 1)
    smooth: np.ndarray = near * near * (3 - 2 * near)
    return smooth


def _lip_line(pixels: np.ndarray, middle: np.ndarray, axes: np.ndarray) -> tuple[float, bool]:
    """How far the arc where a mouth opens hangs down, in half widths, and whether teeth show.

    It is the lower end of the teeth, which are brighter and greyer than lips and skin; where
    none show, the darkest arc: the line between the lips.
    """
    s = np.linspace(-0.5, 0.5, 13, dtype=np.float32)
    t = SAGS[:, None] * (1 - s * s)
    x, y = (middle[i] + s * axes[0, i] + t * axes[1, i] for i in (0, 1))
    soft = cv2.GaussianBlur(pixels, (0, 0), max(0.5, float(np.abs(axes).max()) / 30))
    arcs = cv2.remap(
        soft,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).mean(1)
    level, chroma = arcs.mean(1), np.ptp(arcs, axis=1)
    white = (chroma < 0.68 * np.median(chroma)) & (level > np.median(level))
    if white.any():
        last = int(np.flatnonzero(white)[-1])
        return float(SAGS[min(last + 1, len(SAGS) - 1)]), True
    # shadows under the lower lip are dark too: arcs far from the usual one must be darker
    return float(SAGS[np.argmin(level + 20 * np.abs(SAGS - 0.12))]), False
