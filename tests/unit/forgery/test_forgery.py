import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from clarity.faces.align import align, alignment, transform
from clarity.faces.detect import FaceDetector
from clarity.forgery.degrade import deliver, rescale
from clarity.forgery.self_blend import blend_mask, self_blend


@pytest.fixture(scope="module")
def portrait():
    picture = data.astronaut()
    face = FaceDetector().detect(picture)[0]
    points = transform(face.landmarks, alignment(face, size=256, margin=1.4))
    return align(picture, face, size=256, margin=1.4), points


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_blend_changes_the_face_and_is_the_same_for_the_same_seed(seed):
    picture = np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8)
    points = np.float32([[44, 50], [84, 50], [64, 70], [50, 92], [78, 92]])
    blended = self_blend(picture, points, np.random.default_rng(seed))
    again = self_blend(picture, points, np.random.default_rng(seed))
    assert blended.shape == picture.shape
    assert blended.dtype == np.uint8
    assert (blended == again).all()
    assert (blended != picture).any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_mask_is_soft_and_covers_a_part_of_the_picture(seed):
    points = np.float32([[44, 50], [84, 50], [64, 70], [50, 92], [78, 92]])
    mask = blend_mask((128, 128), points, np.random.default_rng(seed))
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert mask.max() > 0.1
    assert mask.mean() < 0.6  # a part of the face, never most of the picture


def test_a_blend_keeps_the_person(portrait):
    picture, points = portrait
    blended = self_blend(picture, points, np.random.default_rng(3))
    assert np.abs(blended.astype(int) - picture).mean() < 40


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_delivery_keeps_shape_and_depends_on_the_seed_alone(seed):
    picture = data.astronaut()[:96, 100:196]
    delivered = deliver(picture, np.random.default_rng(seed))
    assert delivered.shape == picture.shape
    assert (delivered == deliver(picture, np.random.default_rng(seed))).all()


def test_rescaling_loses_detail_and_keeps_the_size():
    picture = data.astronaut()
    lost = rescale(picture, 0.3)
    assert lost.shape == picture.shape
    assert np.diff(lost.astype(int), axis=0).std() < np.diff(picture.astype(int), axis=0).std()
