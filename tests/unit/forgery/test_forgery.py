"""Promises of every forgery: same seed, same pixels; the mask tells the truth."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity.forgery import blending, masks, reenactment, registry
from clarity.forgery.contract import RealFace
from clarity.forgery.registry import MaterialMissing, UnknownForgery
from clarity.forgery.sheet import contact_sheet, nodding, second_person, speech
from train.shown_faces import portrait

STILLS = registry.kinds()
CLIPS = registry.kinds(None, "clip", "envelope")
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def face():
    return portrait()


@pytest.fixture(scope="module")
def other(face):
    return second_person(face)


@pytest.fixture(scope="module")
def clip(face):
    return nodding(face, np.random.default_rng(0), frames=6)


def made(kind, seed, face, other):
    return registry.forge(kind, np.random.default_rng(seed), face=face, other=other)


def check(forgery, shape):
    assert forgery.pixels.shape == forgery.ground.shape == (*shape, 3)
    assert forgery.pixels.dtype == np.uint8
    assert forgery.mask.shape == shape
    assert forgery.mask.dtype == np.float32
    assert np.isfinite(forgery.mask).all()
    assert forgery.mask.min() >= 0
    assert forgery.mask.max() <= 1


@pytest.mark.parametrize("kind", STILLS)
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_the_mask_tells_what_changed(kind, seed, face, other):
    forgery = made(kind, seed, face, other)
    check(forgery, face.shape)
    difference = np.abs(forgery.pixels.astype(int) - forgery.ground).max(2)
    assert difference[forgery.mask == 0].sum() == 0
    inside = forgery.mask > 0.5 * forgery.mask.max()
    assert (difference[inside] > 0).mean() > 0.2


@pytest.mark.parametrize("kind", STILLS)
def test_the_seed_alone_decides(kind, face, other):
    first, again = made(kind, 5, face, other), made(kind, 5, face, other)
    assert (first.pixels == again.pixels).all()
    assert (first.mask == again.mask).all()
    assert first.parameters == again.parameters
    assert any((made(kind, n, face, other).pixels != first.pixels).any() for n in range(6, 9))


@pytest.mark.parametrize("kind", STILLS)
def test_parameters_are_flat_and_the_real_face_is_left_alone(kind, face, other):
    before = face.pixels.copy(), face.landmarks.copy()
    parameters = made(kind, 1, face, other).parameters
    assert json.loads(json.dumps(parameters)) == parameters
    assert all(isinstance(value, float | int | str) for value in parameters.values())
    assert len(parameters) > 0
    assert (face.pixels == before[0]).all()
    assert (face.landmarks == before[1]).all()


@pytest.mark.parametrize("kind", STILLS)
@settings(max_examples=6, deadline=None)
@given(
    seed=SEEDS,
    moves=st.lists(st.floats(-25, 25), min_size=10, max_size=10),
    height=st.integers(64, 140),
    width=st.integers(64, 140),
)
def test_faces_at_the_edge_and_of_any_shape_are_forged(kind, seed, moves, height, width):
    """Landmarks of a small, cut or badly measured face, some of them outside the picture."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
    usual = np.float32([[0.2, 0.25], [0.8, 0.25], [0.5, 0.5], [0.25, 0.8], [0.75, 0.8]])
    points = usual * np.float32([width, height]) + np.float32(moves).reshape(5, 2)
    face = RealFace(pixels, points.astype(np.float32))
    forgery = made(kind, seed, face, RealFace(pixels[::-1].copy(), face.landmarks[[1, 0, 2, 4, 3]]))
    check(forgery, face.shape)
    difference = np.abs(forgery.pixels.astype(int) - forgery.ground).max(2)
    assert difference[forgery.mask == 0].sum() == 0


@pytest.mark.parametrize("kind", CLIPS)
def test_a_clip_is_forged_frame_by_frame(kind, clip):
    def forged():
        rng = np.random.default_rng(2)
        return registry.forge_clip(kind, rng, clip=clip, envelope=speech(len(clip)))

    frames, again = forged(), forged()
    assert len(frames) == len(clip)
    for frame, same, real in zip(frames, again, clip, strict=True):
        check(frame, real.shape)
        assert (frame.pixels == same.pixels).all()
        outside = frame.mask == 0
        assert (frame.pixels[outside] == real.pixels[outside]).all()
    assert any((f.pixels != r.pixels).any() for f, r in zip(frames, clip, strict=True))


def test_a_louder_sound_opens_the_mouth(face):
    clip = [face, face]
    quiet, loud = registry.forge_clip(
        "dub", np.random.default_rng(3), clip=clip, envelope=[0.0, 1.0]
    )
    assert loud.parameters["opening"] > quiet.parameters["opening"] + 0.2
    mouth = masks.hull(face.shape, face.landmarks, "mouth", np.random.default_rng(0)) > 0
    assert loud.pixels[mouth].mean() < quiet.pixels[mouth].mean() - 5


def test_an_expression_of_another_moment_is_transferred(face):
    """A clip whose mouth is wide at one moment only: afterwards it is so at others, too."""
    wide = face.landmarks.copy()
    wide[3:, 0] += np.float32([-12, 12])
    faces = [RealFace(face.pixels, points) for points in (face.landmarks, wide, face.landmarks)]
    deviations = reenactment._deviations(faces)
    assert np.allclose(deviations.sum(0), 0, atol=1e-4)
    assert deviations[1][4, 0] - deviations[0][4, 0] > 0.05
    field = reenactment._landmark_field(face, deviations[1] - deviations[0])
    x, y = face.landmarks[4].astype(int)
    assert field[y, x, 0] < -3  # the corner is read from inside: it is seen farther out


def test_parts_of_a_broken_clip_move_without_each_other(clip):
    frames = registry.forge_clip("broken_motion", np.random.default_rng(1), clip=clip)
    drawn = [(frame.parameters["dx"], frame.parameters["dy"]) for frame in frames]
    assert len(set(drawn)) == len(clip)
    assert all(frame.mask.mean() < 0.5 for frame in frames)


def test_a_swap_brings_the_other_face_in_the_colours_of_this_one(face, other):
    swapped = made("face_swap", 9, face, other)
    inside = swapped.mask > 0.9
    ours = np.abs(swapped.pixels[inside].mean(0) - face.pixels[inside].mean(0)).max()
    theirs = np.abs(swapped.pixels[inside].mean(0) - other.pixels[inside].mean(0)).max()
    assert ours < 12 < theirs


@pytest.mark.parametrize("way", ["alpha", "poisson", "bands"])
@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_blending_keeps_the_frame_to_the_bit(way, seed):
    rng = np.random.default_rng(seed)
    inner, outer = rng.integers(0, 256, (2, 80, 72, 3), np.uint8)
    points = np.float32([[15, 20], [60, 20], [40, 45], [20, 66], [55, 66]])
    mask = masks.soften(masks.hull((80, 72), points, "face", rng), 4)
    blended = blending.blend(inner, outer, mask, way)
    assert (blended[mask == 0] == outer[mask == 0]).all()
    assert (blended[mask > 0.9] != outer[mask > 0.9]).any()


@pytest.mark.parametrize("hull", masks.HULLS)
def test_every_hull_lies_on_the_face(hull, face):
    mask = masks.hull(face.shape, face.landmarks, hull, np.random.default_rng(0))
    assert 0.005 < mask.mean() < 0.5
    assert mask[:20].sum() == 0


def test_unknown_kinds_and_missing_material_are_told(face):
    rng = np.random.default_rng(0)
    with pytest.raises(UnknownForgery):
        registry.forge("mask_of_zorro", rng, face=face)
    with pytest.raises(MaterialMissing, match="other"):
        registry.forge("face_swap", rng, face=face)


def test_every_manipulation_has_a_still_and_kinds_name_only_what_the_material_allows():
    for manipulation in ("face_swap", "reenactment", "lip_sync", "synthesis", "attribute"):
        assert registry.kinds(manipulation)
        assert registry.kinds(manipulation, "face")
    assert "face_swap" not in registry.kinds("face_swap", "face")
    assert not set(STILLS) & set(CLIPS)
    assert set(STILLS) | set(CLIPS) == set(registry.FORGERIES)


def test_the_sheet_shows_every_kind(face):
    sheet = contact_sheet(face, tile=32)
    assert sheet.dtype == np.uint8
    assert sheet.shape[0] > 32 * (len(STILLS) // 4 + len(CLIPS))
