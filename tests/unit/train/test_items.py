"""Frames to items, and which of them a specialist is fitted on."""

import numpy as np
import pytest

from train.crops import CropRow, CropSet
from train.items import Items


@pytest.fixture
def items() -> Items:
    rows = [
        CropRow("clip.mp4", True, "lip_sync", "s", "a", "validation"),
        CropRow("seen.jpg", True, "face_swap", "s", "b", "train"),
        CropRow("clip.mp4", True, "lip_sync", "s", "a", "validation"),
        CropRow("real.jpg", False, "none", "s", "c", "validation"),
        CropRow("made.jpg", True, "synthesis", "s", "d", "validation"),
    ]
    crops = CropSet(rows, np.zeros((5, 1, 1, 3), np.uint8), np.zeros((5, 5, 2)), "0" * 64)
    return Items.of_split(crops, "validation")


def test_frames_of_a_clip_are_one_item(items):
    assert items.logits(np.array([1.0, 2.0, -1.0, 5.0])).tolist() == [1.5, -1.0, 5.0]
    assert items.fake.tolist() == [True, False, True]
    assert items.manipulations.tolist() == ["lip_sync", "none", "synthesis"]


def test_a_specialist_is_fitted_on_reals_and_on_its_own_fakes(items):
    assert items.known_to(()).all()
    own = items.where(items.known_to(("lip_sync", "face_swap")))
    assert own.manipulations.tolist() == ["lip_sync", "none"]
    assert own.logits(np.array([1.0, 2.0, -1.0, 5.0])).tolist() == [1.5, -1.0]
