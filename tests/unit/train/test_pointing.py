"""The pointing game: maps that know win, maps that do not lose."""

import cv2
import numpy as np
import pytest

from clarity.detectors.contract import CROP_SIZE
from clarity.forgery import registry
from clarity.forgery.contract import Forgery
from train import pointing

CELLS = 7


class Oracle:
    """Points at where a crop differs from the faces that it was shown, or away from there."""

    def __init__(self, crops, sign):
        self._real = [pointing.serving_view(np.asarray(one), CROP_SIZE) for one in crops.pixels]
        self._sign = sign

    def __call__(self, views):
        maps = []
        for view in views:
            away = [np.abs(view.astype(int) - real).sum(2) for real in self._real]
            nearest = min(away, key=np.sum).astype(np.float32)
            maps.append(cv2.resize(nearest, (CELLS, CELLS), interpolation=cv2.INTER_AREA))
        return self._sign * np.array(maps)


@pytest.fixture
def crops(portrait_crops):
    return portrait_crops


@pytest.mark.parametrize(("sign", "better"), [(1.0, True), (-1.0, False)])
def test_a_map_that_knows_beats_the_middle_and_its_opposite_does_not(crops, sign, better):
    lines = pointing.play(Oracle(crops, sign), crops, kinds=["mouth_move"], faces=4, seed=1)
    (line,) = lines
    assert line.kind == "mouth_move"
    assert 0 < line.area <= pointing.WIDEST
    assert (line.auc > 0.7) is better
    assert (line.hits > 0.5) is better


def test_the_middle_is_judged_as_maps_are(crops):
    def middle(views):
        small = cv2.resize(pointing.gaussian(), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        return np.array([small] * len(views))

    (line,) = pointing.play(middle, crops, kinds=["glasses"], faces=4, seed=1)
    assert line.hits == line.centre_hits
    assert line.auc == pytest.approx(line.centre_auc, abs=0.03)


def test_all_kinds_together_count_every_face_alike():
    mouths = pointing.Pointing("mouth", 3, 0.1, 1.0, 0.0, 0.9, 0.8)
    hair = pointing.Pointing("hair", 1, 0.5, 0.0, 1.0, 0.5, 0.4)
    total = pointing.together([mouths, hair])
    assert (total.faces, total.hits, total.centre_hits) == (4, 0.75, 0.25)
    assert total.auc == pytest.approx(0.8)


@pytest.mark.parametrize("changed", [np.s_[:], np.s_[:0], np.s_[100:102, 100:102]])
def test_a_forgery_without_a_place_is_left_out(crops, monkeypatch, changed):
    """Everywhere, nowhere, and so small that it lies between the pixels that are counted."""

    def forge(kind, rng, *, face, other=None):
        mask = np.zeros(face.shape, np.float32)
        mask[changed] = 1.0
        return Forgery(face.pixels, mask, {}, face.pixels)

    monkeypatch.setattr(registry, "forge", forge)
    assert pointing.play(Oracle(crops, 1.0), crops, kinds=["age"], faces=2, seed=1) == []
