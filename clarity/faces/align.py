"""One crop for everything: training, calibration, serving and evaluation use this code.

A detector that meets another crop than it was trained on falls towards chance
(github.com/mapooon/SelfBlendedImages, issue 14), so nobody crops in any other way.
"""

import math

import cv2
import numpy as np

from clarity.faces.geometry import Face

CROP_MARGIN = 1.3
"""Side of the crop over the longer side of the face box: the head, with room for tighter views."""


def align(
    pixels: np.ndarray, face: Face, *, size: int = 224, margin: float = CROP_MARGIN
) -> np.ndarray:
    """The face, eyes level, box centred, from an uint8 RGB picture (height, width, 3).

    Returns:
        uint8 RGB, shape (size, size, 3). What lies outside the picture is mirrored from
        inside, so that a tight picture brings no black border for a network to learn.
    """
    matrix = alignment(face, size=size, margin=margin)
    shrink = math.hypot(matrix[0, 0], matrix[0, 1])
    if shrink < 0.5:
        # warpAffine reads 2x2 neighbours only: average first, or fine texture aliases
        reduced = cv2.resize(
            pixels, None, fx=2 * shrink, fy=2 * shrink, interpolation=cv2.INTER_AREA
        )
        factors = np.array([reduced.shape[1] / pixels.shape[1], reduced.shape[0] / pixels.shape[0]])
        matrix = np.hstack([matrix[:, :2] / factors, matrix[:, 2:]])
        pixels = reduced
    return cv2.warpAffine(
        pixels, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def alignment(face: Face, *, size: int, margin: float = CROP_MARGIN) -> np.ndarray:
    """Similarity from picture to crop, float64 (2, 3): eyes level, box in the middle."""
    right_eye, left_eye = face.landmarks[0], face.landmarks[1]
    # in a picture the person's right eye is on the left
    tilt = math.degrees(math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0]))
    x, y, width, height = face.box
    centre = (x + width / 2, y + height / 2)
    turn = np.asarray(cv2.getRotationMatrix2D(centre, tilt, size / (margin * face.size)))
    to_middle = (size / 2 - np.array(centre))[:, None]
    return np.hstack([turn[:, :2], turn[:, 2:] + to_middle])


def transform(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (N, 2) under a similarity (2, 3), float32."""
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
