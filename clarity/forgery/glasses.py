"""Glasses drawn on a face, with what makes them look worn: shadow, tint and reflection."""

from collections.abc import Sequence

import cv2
import numpy as np

from clarity.forgery import anatomy
from clarity.forgery.contract import Parameters, RealFace

FINE = 2
"""Drawn at this multiple of the resolution, then averaged."""


def draw_glasses(
    face: RealFace, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, Parameters]:
    """The face with glasses, what was painted (float32 (h, w) in [0, 1]), and what was drawn."""
    squareness = float(rng.uniform(2.0, 4.5))
    width, height = float(rng.uniform(0.36, 0.44)), float(rng.uniform(0.24, 0.36))
    thickness = float(rng.uniform(0.02, 0.07))
    colour = np.array(rng.uniform(10, 90, 3), np.float32) * np.float32(rng.uniform(0.3, 1.2))
    opacity, tint = float(rng.uniform(0.85, 1.0)), float(rng.uniform(0.0, 0.3))
    rims, lenses = _outlines(face, squareness, width, height, thickness)
    span = anatomy.span(face.landmarks)
    shadow = _shadow(rims, span)
    pixels = face.pixels.astype(np.float32)
    pixels *= 1 - 0.35 * shadow[..., None]
    pixels += (np.array([30, 32, 36], np.float32) - pixels) * (tint * lenses)[..., None]
    glint = lenses * _glint(face, float(rng.uniform(-0.6, 0.6)))
    pixels += (235 - pixels) * (0.28 * glint)[..., None]
    # rims are lit from above: a thin light edge on a dark material
    light = np.clip(rims - _moved(rims, 0.0, 0.012 * span), 0, 1)[..., None]
    pixels += (colour + 70 * light - pixels) * (opacity * rims)[..., None]
    # what lies under the tint or the shadow is changed too
    mask = np.clip(np.maximum.reduce([rims, shadow * 2, lenses * max(tint * 3, 0.3)]), 0, 1)
    mask[mask < 1 / 64] = 0
    parameters: Parameters = {
        "squareness": squareness,
        "width": width,
        "height": height,
        "thickness": thickness,
        "tint": tint,
    }
    return np.clip(pixels + 0.5, 0, 255).astype(np.uint8), mask.astype(np.float32), parameters


def _outlines(
    face: RealFace, squareness: float, width: float, height: float, thickness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of rims and of lenses, float32 (h, w) in [0, 1]."""
    size = (face.shape[0] * FINE, face.shape[1] * FINE)
    rims: np.ndarray = np.zeros(size, np.uint8)
    lenses: np.ndarray = np.zeros(size, np.uint8)
    pen = max(1, round(thickness * anatomy.span(face.landmarks) * FINE))
    for side in (-1, 1):
        lens = _pixels(face, _lens(side, squareness, width, height))
        cv2.fillPoly(lenses, [lens], 255)
        cv2.polylines(rims, [lens], True, 255, pen, cv2.LINE_AA)
        temple = [(side * (0.52 + width), -0.06, 0.2), (side * 1.1, -0.1, -1.2)]
        cv2.polylines(rims, [_pixels(face, temple)], False, 255, pen, cv2.LINE_AA)
    bridge = [(-0.54 + width, 0.0, 0.25), (0, -0.07, 0.3), (0.54 - width, 0.0, 0.25)]
    cv2.polylines(rims, [_pixels(face, bridge)], False, 255, pen, cv2.LINE_AA)
    return _reduced(rims, face), _reduced(lenses, face)


def _lens(side: int, squareness: float, width: float, height: float) -> list[tuple[float, ...]]:
    """A superellipse round an eye; its middle lies a little below the pupil."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    cosine, sine = np.cos(angles), np.sin(angles)
    u = side * 0.53 + width * np.sign(cosine) * np.abs(cosine) ** (2 / squareness)
    v = 0.07 + height * np.sign(sine) * np.abs(sine) ** (2 / squareness)
    return list(zip(u.tolist(), v.tolist(), [0.15] * len(angles), strict=True))


def _pixels(face: RealFace, places: Sequence[tuple[float, ...]]) -> np.ndarray:
    found = anatomy.points(face.landmarks, np.array(places, np.float32))
    return np.clip(np.round(found * FINE), -(2**14), 2**14).astype(np.int32)


def _reduced(drawn: np.ndarray, face: RealFace) -> np.ndarray:
    small = cv2.resize(drawn, face.shape[::-1], interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), 0.5).astype(np.float32) / 255


def _shadow(rims: np.ndarray, span: float) -> np.ndarray:
    """Soft and below the rims, for light comes from above."""
    cast = cv2.GaussianBlur(_moved(rims, 0.015 * span, 0.05 * span), (0, 0), 0.03 * span)
    cast[cast < 1 / 128] = 0
    return cast


def _moved(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(picture, matrix, picture.shape[1::-1])


def _glint(face: RealFace, at: float) -> np.ndarray:
    """A diagonal band of reflected light, float32 (h, w) in [0, 1]."""
    u, v = anatomy.frame_coordinates(face.shape, face.landmarks)
    inside = np.mod(u + 0.5 * v, 1.06) - 0.53 - 0.4 * at
    return np.clip(1 - (inside / 0.09) ** 2, 0, 1).astype(np.float32)
