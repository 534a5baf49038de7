import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from clarity.forgery.degrade import deliver, deliver_clip, rescale
from clarity.forgery.overlays import caption, screenshot, sticker, word


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_delivery_keeps_shape_and_depends_on_the_seed_alone(seed):
    picture = data.astronaut()[:96, 100:197]
    delivered = deliver(picture, np.random.default_rng(seed))
    assert delivered.shape == picture.shape
    assert delivered.dtype == np.uint8
    assert (delivered == deliver(picture, np.random.default_rng(seed))).all()


def test_no_strength_delivers_the_picture_itself():
    picture = data.astronaut()[:96, :96]
    assert (deliver(picture, np.random.default_rng(0), strength=0.0) == picture).all()


def test_rescaling_loses_detail_and_keeps_the_size():
    picture = data.astronaut()
    lost = rescale(picture, 0.3)
    assert lost.shape == picture.shape
    assert np.diff(lost.astype(int), axis=0).std() < np.diff(picture.astype(int), axis=0).std()


def test_a_clip_is_delivered_alike_in_every_frame():
    still = data.astronaut()[:96, 150:246]
    for seed in range(6):
        delivered = deliver_clip([still] * 4, np.random.default_rng(seed))
        assert len(delivered) == 4
        assert max(error(frame, delivered[0]) for frame in delivered) < 4


@pytest.mark.parametrize("mark", [caption, word, sticker, screenshot])
def test_marks_change_the_picture_and_keep_the_original(mark):
    picture = data.astronaut()[:120, 150:260]
    before = picture.copy()
    marked = mark(picture, np.random.default_rng(1))
    assert marked.shape == picture.shape
    assert marked.dtype == np.uint8
    assert (marked != picture).any()
    assert (picture == before).all()


def error(picture, original):
    return float(np.abs(picture.astype(int) - original).mean())
