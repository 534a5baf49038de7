"""A set of crops small enough to train on in a test, made of a public-domain portrait."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from clarity.faces.detect import FaceDetector
from clarity.forgery.contract import RealFace
from clarity.forgery.self_blend import self_blend
from data.crops import stored_crop
from train.crops import CropRow, CropSet


@pytest.fixture(autouse=True, scope="module")
def float32_again():
    """A recipe sets Keras's policy for its whole process, which other tests share."""
    yield
    if keras := sys.modules.get("keras"):
        keras.mixed_precision.set_global_policy("float32")


@pytest.fixture(scope="session")
def portrait_crops() -> CropSet:
    """Eight views of one portrait and eight self-blended ones, half of each for validation."""
    picture = data.astronaut()
    face = FaceDetector().detect(picture)[0]
    real, points = stored_crop(picture, face)
    rng, face = np.random.default_rng(0), RealFace(real, points)
    rows, pixels = [], []
    for number in range(16):
        fake = number % 2 == 1
        split = "train" if number < 8 else "validation"
        rows.append(CropRow(f"{number}.jpg", fake, "face_swap", "portrait", f"g{number}", split))
        pixels.append(self_blend(face, rng).pixels if fake else np.roll(real, number, 1))
    return CropSet(rows, np.stack(pixels), np.repeat(points[None], 16, 0), "0" * 64)


@pytest.fixture
def two_sources(portrait_crops: CropSet) -> CropSet:
    """Half of the portrait's views as if they came from elsewhere; groups of four, every other
    one for validation."""
    rows = [
        replace(
            row,
            source="elsewhere" if number % 4 < 2 else "portrait",
            group=str(number // 4),
            split="validation" if number // 4 % 2 else "train",
        )
        for number, row in enumerate(portrait_crops.rows)
    ]
    return replace(portrait_crops, rows=rows)
