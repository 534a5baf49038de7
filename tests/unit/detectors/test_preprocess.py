import cv2
import numpy as np
import pytest

from clarity.detectors.card import InputSpec
from clarity.detectors.preprocess import network_input

SPEC = InputSpec(size=112, mean=127.5, std=127.5)


def test_range_shape_and_type() -> None:
    crops = np.stack([np.full((224, 224, 3), value, np.uint8) for value in (0, 255)])
    x = network_input(crops, SPEC)
    assert x.shape == (2, 112, 112, 3)
    assert x.dtype == np.float32
    assert (x[0] == -1).all()
    assert (x[1] == 1).all()


def test_shrinks_by_area() -> None:
    crop = np.zeros((224, 224, 3), np.uint8)
    crop[::2, ::2] = 200
    # each 2x2 cell averages to 50; a nearest or linear reader would alias
    np.testing.assert_allclose(network_input(crop[None], SPEC), (50 - 127.5) / 127.5, atol=1e-6)


def test_crop_of_the_right_size_is_not_touched() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (1, 112, 112, 3), dtype=np.uint8)
    np.testing.assert_array_equal(
        network_input(crop, SPEC), (crop.astype(np.float32) - 127.5) / np.float32(127.5)
    )


def test_channels_keep_their_order() -> None:
    crop = np.zeros((1, 224, 224, 3), np.uint8)
    crop[..., 0] = 255
    x = network_input(crop, SPEC)
    assert (x[..., 0] == 1).all()
    assert (x[..., 1:] == -1).all()


@pytest.mark.parametrize("size", [72, 112, 224, 299])
def test_neighbours_change_nothing(size: int) -> None:
    crops = np.random.default_rng(1).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    spec = InputSpec(size=size, mean=127.5, std=127.5)
    together = network_input(crops, spec)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        alone = network_input(crops[1:2], spec)
    finally:
        cv2.setNumThreads(threads)
    np.testing.assert_array_equal(together[1:2], alone)
