from collections import Counter

import numpy as np
import pytest

from clarity.faces.align import CROP_MARGIN
from clarity.forgery.contract import Forgery
from clarity.forgery.registry import UnknownForgery
from data.crops import STORED_MARGIN, STORED_SIZE
from train.batches import PLACES, UNCHANGED, BatchRecipe, BatchSource, ShareUneven, serving_view
from train.crops import CropRow, CropSet


@pytest.fixture(scope="module")
def crops():
    """Two families; the colour of a crop tells its family and its label."""
    rows, pixels = [], []
    for source, real, fake in (("dfdc", 30, 30), ("stargan", 5, 20), ("celebahq", 4, 0)):
        for number in range(real + fake):
            rows.append(
                CropRow(f"{source}{number}", number >= real, "face_swap", source, source, "train")
            )
            level = {"dfdc": 40, "stargan": 120, "celebahq": 200}[source]
            pixels.append(np.full((STORED_SIZE, STORED_SIZE, 3), level + 20 * (number >= real)))
    points = np.float32([[90, 100], [166, 100], [128, 140], [100, 180], [156, 180]])
    return CropSet(
        rows, np.stack(pixels).astype(np.uint8), np.repeat(points[None], len(rows), 0), "digest"
    )


def source(crops, **changes):
    recipe = BatchRecipe(size=64, input_size=96, forged=(), delivery=0.0)
    return BatchSource(
        crops,
        BatchRecipe(**{**_fields(recipe), **changes}),
        indices=np.arange(len(crops.rows)),
        seed=3,
    )


def _fields(recipe):
    return {name: getattr(recipe, name) for name in recipe.__slots__}


def test_every_family_gives_as_many_real_as_forged_faces(crops):
    batch = source(crops).batch(0)
    levels = batch.pixels.mean((1, 2, 3))
    for real, fake in ((40, 60), (120, 140)):
        assert (levels.round() == real).sum() == (levels.round() == fake).sum() > 0
    assert batch.labels.mean() == 0.5


def test_a_family_without_a_counterpart_teaches_nothing(crops):
    levels = source(crops).batch(1).pixels.mean((1, 2, 3))
    assert levels.max() < 190


def test_a_step_gives_the_same_batch_whenever_it_is_drawn(crops):
    batches = source(crops, forged=(("self_blend", 0.5),), delivery=1.0)
    stream = batches.stream(5)
    first = next(stream)
    stream.close()
    again = source(crops, forged=(("self_blend", 0.5),), delivery=1.0).batch(5)
    assert (first.pixels == again.pixels).all()
    assert (first.pixels != batches.batch(6).pixels).any()


def test_the_serving_view_is_the_middle_of_the_stored_crop():
    stored = np.zeros((STORED_SIZE, STORED_SIZE, 3), np.uint8)
    inside = round(STORED_SIZE * CROP_MARGIN / STORED_MARGIN / 2) - 1
    middle = STORED_SIZE // 2
    stored[middle - inside : middle + inside, middle - inside : middle + inside] = 255
    view = serving_view(stored, 128)
    assert view.shape == (128, 128, 3)
    assert view.mean() > 245


def test_forged_kinds_replace_their_share_of_the_fakes(crops, monkeypatch):
    made = Counter()

    def count(kind, rng, **material):
        made[kind] += 1
        assert ("other" in material) == (kind == "face_swap")
        return Forgery(np.full((STORED_SIZE, STORED_SIZE, 3), 255, np.uint8), UNCHANGED, {}, None)

    monkeypatch.setattr("train.batches.registry.forge", count)
    batches = source(crops, size=400, forged=(("face_swap", 0.3), ("skin", 0.2)))
    levels = batches.batch(0).pixels.mean((1, 2, 3))
    fakes = levels[1::2]
    assert made["face_swap"] == pytest.approx(60, abs=20)
    assert made["skin"] == pytest.approx(40, abs=20)
    assert (fakes == 255).sum() == made.total()


def test_places_lie_where_the_picture_was_changed(crops, monkeypatch):
    """A patch off the middle: framed and mirrored, it is white in both."""

    def patch(kind, rng, *, face):
        pixels, mask = face.pixels.copy(), UNCHANGED.copy()
        pixels[90:130, 60:110], mask[90:130, 60:110] = 255, 1.0
        return Forgery(pixels, mask, {}, face.pixels)

    monkeypatch.setattr("train.batches.registry.forge", patch)
    batch = source(crops, forged=(("skin", 0.5),)).batch(0)
    white = (batch.pixels.min(3) > 250).reshape(64, PLACES, 4, PLACES, 4).mean((2, 4))
    assert not batch.places[batch.labels == 0].any()
    placed = batch.places.any((1, 2))
    assert 0 < placed[1::2].mean() < 1
    assert (white.any((1, 2)) == placed).all()
    assert ((batch.places > 0.6) <= (white > 0.0)).all()
    assert ((white > 0.6) <= (batch.places > 0.6)).all()
    columns = batch.places[placed].sum(1) @ np.arange(PLACES) / batch.places[placed].sum((1, 2))
    assert columns.min() < PLACES / 2 < columns.max()  # some are mirrored


def test_a_family_without_forgeries_gets_its_own(crops):
    batches = source(crops, size=400, forged=(("upsampling", 0.2),), lone_reals=True)
    levels = batches.batch(0).pixels.mean((1, 2, 3)).round()
    assert (levels[0::2] == 200).sum() == (np.abs(levels[1::2] - 200) < 10).sum() > 0


def test_a_swap_takes_another_person_of_the_family(crops, monkeypatch):
    rows = [
        CropRow(row.key, row.fake, row.manipulation, row.source, f"{row.source}{n % 3}", "train")
        for n, row in enumerate(crops.rows)
    ]
    pixels = crops.pixels.copy()
    groups = [int(row.group[-1]) for row in rows]
    pixels[..., 2] = np.array(groups, np.uint8)[:, None, None]
    seen = []

    def keep(kind, rng, *, face, other):
        seen.append((face.pixels[0, 0], other.pixels[0, 0]))
        return Forgery(face.pixels, UNCHANGED, {}, face.pixels)

    monkeypatch.setattr("train.batches.registry.forge", keep)
    people = CropSet(rows, pixels, crops.landmarks, "digest")
    source(people, forged=(("face_swap", 1.0),)).batch(0)
    assert seen
    for face, other in seen:
        assert face[0] == other[0]  # the family's colour
        assert face[2] != other[2]  # the person's


def test_an_unknown_forgery_is_told_before_training(crops):
    with pytest.raises(UnknownForgery):
        source(crops, forged=(("clay", 0.5),))


def test_shares_of_a_batch_differ_and_add_up(crops):
    recipe = BatchRecipe(size=16, input_size=96, forged=(), delivery=0.0)
    shares = [
        BatchSource(crops, recipe, indices=np.arange(len(crops.rows)), seed=3, share=(n, 2))
        for n in range(2)
    ]
    first, second = (share.batch(5) for share in shares)
    assert len(first.labels) + len(second.labels) == 16
    assert first.labels.mean() == second.labels.mean() == 0.5
    assert (first.pixels != second.pixels).any()
    assert (shares[1].batch(5).pixels == second.pixels).all()


def test_a_batch_that_does_not_divide_into_shares_is_told(crops):
    with pytest.raises(ShareUneven, match="64"):
        BatchSource(
            crops, BatchRecipe(size=64), indices=np.arange(len(crops.rows)), seed=3, share=(0, 3)
        )
