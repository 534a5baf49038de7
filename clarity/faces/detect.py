"""Find faces with YuNet (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", 2023).

The network (`weights/`, MIT licence) works best on faces of 10 to 300 pixels, so large
pictures are searched at a reduced size; small pictures are enlarged, which finds the faces
of tight crops.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

import cv2
import numpy as np

from clarity.faces.geometry import Face

SEARCH_SIDES = (320, 640)
"""Smallest and largest longer side, in pixels, at which a picture is searched first."""

FINE_SEARCH_SIDE = 1600
"""Second search of large pictures in which the first found nothing: small faces."""

TIGHT_PADDING = 0.35
"""Border, as a fraction of the longer side, of the last search: faces that fill the picture."""


class FaceDetector:
    """YuNet, loaded once. Not thread-safe: one instance a thread.

    Args:
        threshold: lowest confidence, in [0, 1], that counts as a face.
    """

    def __init__(self, *, threshold: float = 0.7) -> None:
        weights = files("clarity.faces") / "weights" / "face_detection_yunet_2023mar.onnx"
        with as_file(weights) as path, errors_only():
            self._net = cv2.FaceDetectorYN.create(
                str(path), "", (SEARCH_SIDES[0], SEARCH_SIDES[0]), score_threshold=threshold
            )

    def detect(self, pixels: np.ndarray) -> list[Face]:
        """Faces of an uint8 RGB picture (height, width, 3), largest first; often none."""
        longer = max(pixels.shape[:2])
        faces = self._search(pixels, int(np.clip(longer, *SEARCH_SIDES)))
        if not faces and longer > SEARCH_SIDES[1]:
            faces = self._search(pixels, FINE_SEARCH_SIDE)
        if not faces:
            faces = self._search_padded(pixels)
        return sorted(faces, key=lambda face: face.size, reverse=True)

    def _search_padded(self, pixels: np.ndarray) -> list[Face]:
        pad = int(TIGHT_PADDING * max(pixels.shape[:2]))
        framed = cv2.copyMakeBorder(pixels, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        return [_moved(face, -pad) for face in self._search(framed, SEARCH_SIDES[0])]

    def _search(self, pixels: np.ndarray, side: int) -> list[Face]:
        height, width = pixels.shape[:2]
        scale = side / max(height, width)
        size = (max(32, round(width * scale)), max(32, round(height * scale)))
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(pixels, size, interpolation=interpolation)
        self._net.setInputSize(size)
        _, rows = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if rows is None:
            return []
        stretch = np.array([width / size[0], height / size[1]], np.float32)
        return [_face(row, stretch) for row in rows]


@contextmanager
def errors_only() -> Iterator[None]:
    """OpenCV 5 warns on standard error of every network that it runs on its own engine."""
    logging = cv2.utils.logging
    level = logging.setLogLevel(logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        logging.setLogLevel(level)


def _face(row: np.ndarray, stretch: np.ndarray) -> Face:
    """A row of YuNet (x, y, w, h, five landmarks, confidence) in pixels of the picture."""
    x, y, width, height = (row[:4].reshape(2, 2) * stretch).ravel().tolist()
    landmarks = (row[4:14].reshape(5, 2) * stretch).astype(np.float32)
    return Face(box=(x, y, width, height), landmarks=landmarks, confidence=float(row[14]))


def _moved(face: Face, offset: float) -> Face:
    x, y, width, height = face.box
    return Face(
        box=(x + offset, y + offset, width, height),
        landmarks=face.landmarks + np.float32(offset),
        confidence=face.confidence,
    )
