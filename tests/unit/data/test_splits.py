from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.media.likeness import perceptual_hash
from data.near_duplicates import ALIKE, likeness, near_pairs, thumbnail
from data.splits import GroupInTwoSplits, assign_splits, hashed_split, refuse_leaks
from tests.unit.data.making import face, item
from tests.unit.data.sets import row, write_set

SHARES = {"train": 0.7, "validation": 0.2, "test": 0.1}
groups = st.sampled_from([f"person {number}" for number in range(30)])


def items_of(pairs, **facts):
    return [
        item(Path(f"{number}.jpg"), **({"group": group, "source": source, "split": ""} | facts))
        for number, (group, source) in enumerate(pairs)
    ]


@given(pairs=st.lists(st.tuples(groups, st.sampled_from("abc"))), seed=st.integers(0, 5))
def test_a_group_is_never_in_two_splits_and_a_held_out_source_in_one(pairs, seed):
    done = assign_splits(items_of(pairs), shares=SHARES, hold_out={"a": "test"}, seed=seed)
    assert len({one.group for one in done}) == len({(one.group, one.split) for one in done})
    assert all(one.split in SHARES for one in done)
    assert {one.split for one in done if one.source == "a"} <= {"test"}


@given(pairs=st.lists(st.tuples(groups, st.just("a"))), more=st.lists(groups))
def test_further_items_move_nobody(pairs, more):
    items = items_of(pairs)
    longer = items + items_of([(group, "b") for group in more])
    assert assign_splits(longer)[: len(items)] == assign_splits(items)


@given(seed=st.integers(0, 1000))
def test_shares_come_near_to_the_asked_ones(seed):
    splits = [hashed_split(f"person {n}", SHARES, seed=seed) for n in range(3000)]
    for split, share in SHARES.items():
        # five standard deviations of a binomial share are at most 0.042
        assert abs(splits.count(split) / len(splits) - share) < 0.05


def test_official_splits_stay_and_draw_their_group_along():
    official = items_of([("g", "a")], split="validation")
    assert [one.split for one in assign_splits(official + items_of([("g", "b")]))] == [
        "validation",
        "validation",
    ]


def test_a_group_in_two_official_splits_is_refused():
    items = items_of([("g", "a")], split="train") + items_of([("g", "b")], split="test")
    with pytest.raises(GroupInTwoSplits, match="group g in train and test"):
        assign_splits(items)


def test_a_group_that_leaked_into_a_set_is_refused(tmp_path):
    write_set(tmp_path, [row("a", group="g"), row("b", group="g", split="test")])
    with pytest.raises(GroupInTwoSplits, match="two splits: g"):
        refuse_leaks(tmp_path, near_duplicates_too=False)


@given(
    base=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40),
    flips=st.sets(st.integers(0, 63), max_size=8),
    extra=st.integers(0, 2),
)
def test_a_planted_duplicate_is_always_found(base, flips, extra):
    planted = base[0] ^ sum(1 << bit for bit in flips)
    hashes = np.array([*base, planted], np.uint64)
    sides = np.array([0] * len(base) + [1])
    pairs = set(near_pairs(hashes, sides, distance=len(flips) + extra))
    assert (base.index(base[0]), len(base)) in pairs


@given(
    hashes=st.lists(st.integers(0, 255), max_size=40),
    seed=st.integers(0, 9),
    distance=st.integers(0, 4),
)
def test_the_banded_search_finds_what_comparing_everything_finds(hashes, seed, distance):
    values = np.array(hashes, np.uint64) * np.uint64(0x0101010101010101)
    sides = np.random.default_rng(seed).integers(0, 3, len(values))
    found = {(values[a], sides[a], values[b], sides[b]) for a, b in _both(values, sides, distance)}
    expected = {
        (values[a], sides[a], values[b], sides[b])
        for a in range(len(values))
        for b in range(len(values))
        if sides[a] != sides[b] and int(values[a] ^ values[b]).bit_count() <= distance
    }
    assert found == expected


def _both(values, sides, distance):
    for one, other in near_pairs(values, sides, distance=distance):
        yield one, other
        yield other, one


def test_the_hash_survives_compression_and_tells_pictures_apart():
    import cv2

    picture = face()
    small = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    again = cv2.imdecode(small, cv2.IMREAD_COLOR)
    one = perceptual_hash(picture)
    assert (one ^ perceptual_hash(again)).bit_count() <= 2
    assert (one ^ perceptual_hash(picture[::-1].copy())).bit_count() > 16


def test_likeness_sees_through_a_shift_and_light_but_not_other_pictures():
    other = np.ascontiguousarray(face()[:, ::-1])
    one = thumbnail(face())
    assert likeness(one, thumbnail(np.roll(face(), 12, axis=1))) >= ALIKE
    assert likeness(one, thumbnail((face() * 0.7).astype(np.uint8))) >= ALIKE
    assert likeness(one, thumbnail(other)) < ALIKE


@given(levels=st.tuples(st.integers(0, 255), st.integers(0, 255)))
def test_flat_crops_are_alike_only_where_they_are_equal(levels):
    one, other = (thumbnail(np.full((256, 256, 3), level, np.uint8)) for level in levels)
    assert (likeness(one, other) >= ALIKE) == (levels[0] == levels[1])
