"""Transformations keep the picture and take what was written into it."""

import cv2
import numpy as np
import pytest
from skimage import data

from clarity.defences.transformations import TRANSFORMATIONS, UnknownTransformation, transformed
from clarity.detectors import artefact, registry
from clarity.detectors.contract import CROP_SIZE
from tests.releases import write_release


@pytest.fixture(scope="module")
def crops():
    face = cv2.resize(data.astronaut()[:256, 96:352], (CROP_SIZE, CROP_SIZE))
    return np.stack([face, face[::-1]])


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_the_picture_stays_and_each_crop_is_for_itself(crops, name):
    seen = transformed(crops, name)
    assert seen.shape == crops.shape
    assert seen.dtype == np.uint8
    assert 0 < np.abs(seen.astype(int) - crops).mean() < 8
    np.testing.assert_array_equal(transformed(crops[1:], name)[0], seen[1])


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_noise_of_two_grey_levels_is_damped(crops, name):
    # a plane in the middle of a step, where the least of a faint pattern should get through
    plane = np.full((1, 64, 64, 3), 124, np.uint8)
    noisy = plane + np.random.default_rng(0).integers(-2, 3, plane.shape)
    seen = transformed(noisy.astype(np.uint8), name).astype(int)
    assert np.std(seen) < 0.8 * np.std(noisy)


def test_a_release_says_which_it_is_behind(crops, tmp_path):
    card = write_release(tmp_path, "r1", gain=3)
    folder = tmp_path / "xception" / "r1"
    bare = registry.load_folder(folder)
    for name in TRANSFORMATIONS:
        spec = card.input.model_copy(update={"transformation": name})
        card.model_copy(update={"input": spec}).write(folder)
        behind = registry.load_folder(folder)
        np.testing.assert_array_equal(
            behind.predict(crops).logits, bare.predict(transformed(crops, name)).logits
        )
        assert behind.card.input.transformation == name


def test_an_unknown_one_is_told_when_the_release_is_loaded(tmp_path):
    card = write_release(tmp_path, "r1")
    folder = tmp_path / "xception" / "r1"
    spec = card.input.model_copy(update={"transformation": "magic"})
    card.model_copy(update={"input": spec}).write(folder)
    assert artefact.read(folder)
    with pytest.raises(UnknownTransformation, match="magic"):
        registry.load_folder(folder)
