"""How light a face is, and how light its skin: estimates from the picture alone.

The individual typology angle (ITA) and its six classes are those of Chardon, Cretois and
Hourseau, "Skin colour typology and suntanning pathways", 1991. Here it is computed from
uncalibrated photographs, so light, make-up and white balance shift it: it shows whether a
set is lopsided, never what a person looks like.
"""

import cv2
import numpy as np

CLASSES = ("very light", "light", "intermediate", "tan", "brown", "dark")
NOT_ESTIMATED = "not estimated"
_LOWER_BOUNDS = (55.0, 41.0, 28.0, 10.0, -30.0)

LEAST_YELLOW = 2.0
"""CIE b* below which a picture is taken for grey or tinted."""

CHEEK_RADIUS = 0.16
"""Radius of the patch on each cheek, in distances between the eyes."""


def lightness(crop: np.ndarray) -> float:
    """Mean CIE L* of an uint8 RGB picture (height, width, 3), 0 black to 100 white."""
    return float(_lab(cv2.resize(crop, (32, 32), interpolation=cv2.INTER_AREA))[..., 0].mean())


def typology_angle(crop: np.ndarray, landmarks: np.ndarray) -> float:
    """ITA in degrees, -90 to 90, of the median colour of both cheeks.

    Not a number for grey or bluish pictures: their yellow says nothing of skin.

    Args:
        crop: uint8 RGB (height, width, 3).
        landmarks: (5, 2) pixels of the crop: eyes, nose, corners of the mouth.
    """
    mask = np.zeros(crop.shape[:2], np.uint8)
    radius = max(2, round(CHEEK_RADIUS * float(np.linalg.norm(landmarks[1] - landmarks[0]))))
    for eye, mouth in ((0, 3), (1, 4)):
        x, y = (landmarks[eye] + landmarks[mouth]) / 2
        cv2.circle(mask, (round(float(x)), round(float(y))), radius, 255, -1)
    skin = crop[mask > 0] if mask.any() else crop.reshape(-1, 3)
    light, _, yellow = np.median(_lab(skin[None])[0], axis=0)
    if yellow < LEAST_YELLOW:
        return float("nan")
    return float(np.degrees(np.arctan2(light - 50, yellow)))


def tone(angle: float) -> str:
    """Chardon's class of an ITA in degrees."""
    if np.isnan(angle):
        return NOT_ESTIMATED
    return CLASSES[sum(angle <= bound for bound in _LOWER_BOUNDS)]


def _lab(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))
