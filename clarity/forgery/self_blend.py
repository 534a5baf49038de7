"""Self-blended images (Shiohara and Yamasaki, CVPR 2022, arXiv 2204.08376).

A fake made of one real face: a copy, altered in colour, frequency and geometry, is blended
back through a deformed mask of the face. A detector trained on them learns the traces of
blending that every face swap leaves, whatever tool made it.
"""

import cv2
import numpy as np

from clarity.forgery.degrade import relight, rescale


def self_blend(picture: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blend a face with an altered copy of itself.

    Args:
        picture: uint8 RGB (height, width, 3), a real face.
        landmarks: float32 (5, 2), pixels, as `clarity.faces.geometry.Face` orders them.
        rng: the only source of chance.

    Returns:
        uint8 RGB of the same shape.
    """
    mask = blend_mask(picture.shape[:2], landmarks, rng)
    altered = _alter(picture, rng)
    inner, outer = (altered, picture) if rng.random() < 0.5 else (picture, altered)
    inner = _shift(inner, landmarks, rng)
    # the pasted face and the kept frame may come from either copy (the paper's source/target)
    blended = inner * mask + outer * (1.0 - mask)
    return np.clip(blended + 0.5, 0, 255).astype(np.uint8)


def blend_mask(
    shape: tuple[int, int], landmarks: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A soft random mask of the face or of its lower or upper part, float32 (h, w, 1) in [0, 1]."""
    mask: np.ndarray = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(_outline(landmarks, rng)).astype(np.int32), 1.0)
    mask = _elastic(mask, rng)
    span = float(np.linalg.norm(landmarks[0] - landmarks[1]))
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, span * rng.uniform(0.03, 0.22)))
    # the blur rounds to a hair above 1
    return (np.minimum(mask, 1.0) * rng.choice([0.25, 0.5, 0.75, 1.0, 1.0, 1.0]))[..., None]


def _outline(landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points round the face, float32 (N, 2), put together from five landmarks.

    Chosen at random: the whole face, eyes to mouth, or the mouth region: the regions that
    swapping, reenactment and lip-sync tools paste.
    """
    right_eye, left_eye, nose, right_mouth, left_mouth = landmarks
    across = left_eye - right_eye
    down = (right_mouth + left_mouth - right_eye - left_eye) / 2
    jitter = rng.uniform(0.8, 1.2, 8)
    brow = [right_eye - 0.45 * across * jitter[0], left_eye + 0.45 * across * jitter[1]]
    forehead = [right_eye - 0.65 * down * jitter[2], left_eye - 0.65 * down * jitter[3]]
    cheeks = [right_mouth - 0.5 * across * jitter[4], left_mouth + 0.5 * across * jitter[5]]
    chin = [(right_mouth + left_mouth) / 2 + 0.75 * down * jitter[6]]
    jaw = [right_mouth + 0.5 * down - 0.15 * across, left_mouth + 0.5 * down + 0.15 * across]
    regions = {
        "face": brow + forehead + cheeks + jaw + chin,
        "inner": [brow[0], brow[1], right_eye - 0.3 * down, left_eye - 0.3 * down, *jaw],
        "mouth": [nose, *cheeks, *jaw, *chin],
    }
    return np.array(regions[rng.choice(list(regions), p=[0.5, 0.3, 0.2])], np.float32)


def _elastic(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bend the mask by a smooth random field of up to about a fifteenth of its side."""
    height, width = mask.shape
    field = rng.uniform(-1, 1, (2, 4, 4)).astype(np.float32) * width / 15
    dx, dy = (cv2.resize(f, (width, height), interpolation=cv2.INTER_CUBIC) for f in field)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(mask, x + dx, y + dy, cv2.INTER_LINEAR)


def _alter(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another camera, another tool: colour, then sharpness or lost detail."""
    altered = relight(picture, rng)
    if rng.random() < 0.3:
        altered = _hue(altered, rng)
    if rng.random() < 0.5:
        return rescale(altered, rng.uniform(0.3, 0.9))
    soft = cv2.GaussianBlur(altered, (0, 0), 1.5)
    amount = rng.uniform(0.3, 1.0)
    return cv2.addWeighted(altered, 1 + amount, soft, -amount, 0)


def _hue(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.int16)
    hsv += rng.integers(-12, 13, 3, dtype=np.int16)
    hsv[..., 0] %= 180
    return cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)


def _shift(picture: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move and scale by a few per cent about the nose: the paste never fits exactly."""
    height, width = picture.shape[:2]
    centre = tuple(float(value) for value in landmarks[2])
    matrix = np.asarray(
        cv2.getRotationMatrix2D(centre, rng.uniform(-2, 2), rng.uniform(0.96, 1.04))
    )
    moved = np.hstack(
        [matrix[:, :2], matrix[:, 2:] + rng.uniform(-0.025, 0.025, (2, 1)) * [[width], [height]]]
    )
    return cv2.warpAffine(picture, moved, (width, height), borderMode=cv2.BORDER_REFLECT_101)
