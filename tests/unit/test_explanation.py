"""Heat maps show what departs from real faces."""

import numpy as np
import pytest

from clarity.detectors.card import Calibration
from clarity.explanation import departure, heat_map

USUAL = [[-1.0, -3.0], [-2.0, -2.0]]


def test_a_usual_face_departs_nowhere_and_keeps_its_mean():
    cells = np.array(USUAL, np.float32)
    assert departure(cells, USUAL) == pytest.approx(np.full((2, 2), -2.0))


def test_every_map_of_a_batch_keeps_its_mean():
    cells = np.random.default_rng(0).normal(size=(5, 2, 2)).astype(np.float32)
    assert departure(cells, USUAL).mean((1, 2)) == pytest.approx(cells.mean((1, 2)), abs=1e-6)


def test_a_card_without_a_usual_map_shows_the_map_itself():
    cells = np.eye(2, dtype=np.float32)
    assert departure(cells, None) is cells


def test_the_picture_is_hottest_where_the_face_departs_most_not_where_the_map_is_highest():
    cells = np.array([[-0.9, 1.0], [1.2, -2.0]], np.float32)  # up by 0.1, 4, 3.2 and 0
    opacity = heat_map(departure(cells, USUAL), Calibration(), bias=0.0, size=64)[..., 3]
    assert np.unravel_index(opacity.argmax(), opacity.shape)[0] < 32
    assert np.unravel_index(opacity.argmax(), opacity.shape)[1] >= 32
