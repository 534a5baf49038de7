"""A dense mesh of a face, followed from frame to frame, for detectors that look at motion.

The network is MediaPipe's face mesh (Kartynnik et al., "Real-time Facial Surface Geometry from
Monocular Video on Mobile GPUs", arXiv 1907.06724; `weights/`, Apache-2.0). Five landmarks say
where a mouth is; 468 say how it moves. As in MediaPipe, the mesh of a frame says where to look
in the next one.
"""

from collections.abc import Sequence
from importlib.resources import as_file, files

import cv2
import numpy as np

from clarity.faces.align import align, alignment
from clarity.faces.detect import FaceDetector, errors_only
from clarity.faces.geometry import Face, overlap

SIDE = 192
MARGIN = 1.5
"""Side of the network's input in pixels, and over the longer side of the face's box."""

POINTS = 468
CHECK_EVERY = 8
"""Frames after which the face detector must find the face where its mesh is: the mesh alone would
go on over whatever comes to stand there."""

SAME_FACE = 0.3
"""Least overlap (intersection over union) with the mesh of what it finds."""

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH = (33, 133), (362, 263), 1, (61, 291)
"""Points from which the five landmarks of a `Face` are made."""

WEIGHTS = "face_landmark.tflite"


class FaceMesh:
    """The network, loaded once. Not thread-safe: one instance a thread."""

    def __init__(self) -> None:
        with as_file(files("clarity.faces") / "weights" / WEIGHTS) as path, errors_only():
            self._net = cv2.dnn.readNetFromTFLite(str(path))

    def find(self, pixels: np.ndarray, face: Face) -> np.ndarray:
        """The mesh, float32 (468, 2), in pixels of the frame.

        Args:
            pixels: uint8 RGB (height, width, 3).
            face: where to look, and how the eyes lie.
        """
        crop = align(pixels, face, size=SIDE, margin=MARGIN).astype(np.float32) / 255
        self._net.setInput(np.ascontiguousarray(crop.transpose(2, 0, 1)[None]))
        places = self._net.forward().reshape(POINTS, 3)[:, :2]
        matrix = alignment(face, size=SIDE, margin=MARGIN)
        back = np.linalg.inv(matrix[:, :2])
        found: np.ndarray = ((places - matrix[:, 2]) @ back.T).astype(np.float32)
        return found

    def follow(
        self, frames: Sequence[np.ndarray], face: Face, detector: FaceDetector
    ) -> np.ndarray:
        """Meshes of the frames from the first on until the face is lost, float32 (n, 468, 2)."""
        meshes: list[np.ndarray] = []
        for number, pixels in enumerate(frames):
            mesh = self.find(pixels, face)
            face = face_of(mesh)
            if number % CHECK_EVERY == CHECK_EVERY - 1 and not _confirmed(pixels, face, detector):
                meshes = meshes[: number - CHECK_EVERY + 1]
                break
            meshes.append(mesh)
        return np.stack(meshes) if meshes else np.zeros((0, POINTS, 2), np.float32)


def _confirmed(pixels: np.ndarray, face: Face, detector: FaceDetector) -> bool:
    return any(overlap(face.box, found.box) >= SAME_FACE for found in detector.detect(pixels))


def face_of(mesh: np.ndarray) -> Face:
    """The box and the five landmarks of a mesh, float32 (468, 2)."""
    low, high = mesh.min(0), mesh.max(0)
    x, y, width, height = (float(value) for value in (*low, *(high - low)))
    places = [mesh[list(RIGHT_EYE)].mean(0), mesh[list(LEFT_EYE)].mean(0), mesh[NOSE]]
    return Face((x, y, width, height), np.stack([*places, *mesh[list(MOUTH)]]), 1.0)
