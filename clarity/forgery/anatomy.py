"""Where the parts of a face lie, estimated from five landmarks.

A place is (u, v, z): u across in distances between the eyes from their middle (the person's
left is positive), v down in distances from the eyes to the mouth, z towards the camera in
tips of the nose. Turning the head moves a place by z times what it moves the nose: a flat
face with one depth each is enough to follow a mesh through moderate poses. Proportions are
those of adult anthropometry (Farkas 1994), rounded.
"""

import numpy as np

Places = np.ndarray
"""float32 (N, 3)."""

NOSE_DOWN = 0.6
"""v of the tip of the nose."""


def _both(right: list[tuple[float, float, float]]) -> Places:
    """An outline through the person's right half, then back through the left half."""
    left = [(-u, v, z) for u, v, z in reversed(right) if u != 0]
    return np.array(right + left, np.float32)


def _ring(u: float, v: float, width: float, height: float, z: float, count: int = 8) -> Places:
    angles = np.arange(count) * 2 * np.pi / count
    ring = [u + width * np.cos(angles), v + height * np.sin(angles), np.full(count, z)]
    return np.stack(ring, 1).astype(np.float32)


JAW = _both(
    [
        (-1.03, 0.0, -0.6),
        (-1.0, 0.45, -0.6),
        (-0.92, 0.85, -0.5),
        (-0.75, 1.2, -0.4),
        (-0.5, 1.48, -0.2),
        (-0.22, 1.66, 0.1),
        (0.0, 1.7, 0.2),
    ]
)
FOREHEAD = _both([(-0.95, -0.4, -0.5), (-0.78, -0.72, -0.4), (-0.42, -0.95, -0.2), (0, -1.0, -0.1)])
BROWS = _both([(-0.88, -0.2, -0.2), (-0.62, -0.38, 0.0), (-0.18, -0.3, 0.2)])
RIGHT_EYE = _ring(-0.5, 0.0, 0.3, 0.15, 0.0)
LEFT_EYE = _ring(0.5, 0.0, 0.3, 0.15, 0.0)
NOSE = _both([(-0.1, 0.0, 0.3), (-0.14, 0.35, 0.6), (-0.3, 0.62, 0.5), (0.0, 0.74, 0.6)])
MOUTH = _ring(0.0, 1.02, 0.52, 0.24, 0.1)
CHEEKS = _both([(-0.62, 0.5, 0.0), (-0.66, 0.8, -0.1)])

MESH = np.concatenate([JAW, FOREHEAD, BROWS, RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, CHEEKS])
"""Places that a swapped face is hung on."""


def points(landmarks: np.ndarray, places: Places) -> np.ndarray:
    """Pixels of places on a face, float32 (N, 2)."""
    eyes, across, down = axes(landmarks)
    u, v, z = places[:, :1], places[:, 1:2], places[:, 2:]
    found: np.ndarray = eyes + u * across + v * down + z * turn(landmarks)
    return found.astype(np.float32)


def axes(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle of the eyes, the way across from eye to eye, the way down to the mouth; float32."""
    right_eye, left_eye, _, right_mouth, left_mouth = landmarks.astype(np.float32)
    eyes = (right_eye + left_eye) / 2
    return eyes, left_eye - right_eye, (right_mouth + left_mouth) / 2 - eyes


def turn(landmarks: np.ndarray) -> np.ndarray:
    """How far the nose stands beside the middle line, float32 (2,), along the eyes' axis."""
    eyes, across, down = axes(landmarks)
    beside = landmarks[2].astype(np.float32) - (eyes + NOSE_DOWN * down)
    length = max(float(across @ across), 1e-6)
    moved: np.ndarray = across * np.float32(np.clip(float(beside @ across) / length, -0.7, 0.7))
    return moved


def span(landmarks: np.ndarray) -> float:
    """A length to measure by, pixels: the eyes' distance, or what it would be seen frontally."""
    _, across, down = axes(landmarks)
    return max(float(np.linalg.norm(across)), 0.8 * float(np.linalg.norm(down)), 8.0)


def frame_coordinates(
    shape: tuple[int, int], landmarks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(u, v) of every pixel, float32 (height, width) each, depth left aside."""
    eyes, across, down = axes(landmarks)
    basis = np.stack([across, down], 1).astype(np.float64)
    if abs(np.linalg.det(basis)) < 1e-3 * span(landmarks) ** 2:
        # a profile whose eyes coincide: fall back to a square frame
        basis = np.eye(2) * span(landmarks)
    inverse = np.linalg.inv(basis).astype(np.float32)
    x = np.arange(shape[1], dtype=np.float32)[None, :] - eyes[0]
    y = np.arange(shape[0], dtype=np.float32)[:, None] - eyes[1]
    return inverse[0, 0] * x + inverse[0, 1] * y, inverse[1, 0] * x + inverse[1, 1] * y
