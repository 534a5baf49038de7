"""Faces for contact sheets: a portrait that may be shown anywhere, or two of a set of crops."""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage.data import astronaut

from clarity.errors import ClarityError
from clarity.faces.detect import FaceDetector
from clarity.forgery.contract import RealFace
from data.crops import stored_crop
from train.crops import load_crops


def portrait() -> RealFace:
    """Eileen Collins, photographed by NASA, in the public domain, cropped as training does."""
    picture = astronaut()
    return RealFace(*stored_crop(picture, FaceDetector().detect(picture)[0]))


def two_reals(folder: Path, seed: int) -> tuple[RealFace, RealFace]:
    """Two real crops of a set, drawn.

    Raises:
        ClarityError: the set has fewer.
    """
    crops = load_crops(folder)
    real = np.flatnonzero(~crops.fake)
    if len(real) < 2:
        raise ClarityError(f"{folder} has fewer than two real faces", hint="Prepare more crops.")
    drawn = np.random.default_rng(seed).choice(real, 2, replace=False)
    first, second = (crops.face(index) for index in drawn)
    return first, second


def write_png(path: Path, picture: np.ndarray) -> None:
    """A PNG of 256 colours: a third of the size, and no second compression over the traces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).quantize(256).save(path, optimize=True)
