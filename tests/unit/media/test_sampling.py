"""The choice of frames: properties that hold for every video."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clarity.media.sampling import (
    choose,
    evenly,
    is_cut,
    keep_every,
    nearest_keyframes,
    signature,
)

counts = st.integers(1, 64)
shot_lengths = st.lists(st.integers(1, 40), min_size=1, max_size=30)


def shots_of(lengths: list[int]) -> list[int]:
    return [shot for shot, length in enumerate(lengths) for _ in range(length)]


@given(shot_lengths, counts)
def test_as_many_as_wanted_in_order_without_repetition(lengths: list[int], count: int) -> None:
    shots = shots_of(lengths)

    chosen = choose(shots, count)

    assert len(chosen) == min(count, len(shots))
    assert all(before < after for before, after in pairwise(chosen))
    assert set(chosen) <= set(range(len(shots)))


@given(shot_lengths, counts)
def test_every_shot_is_seen_where_there_are_frames_enough(lengths: list[int], count: int) -> None:
    shots = shots_of(lengths)

    seen = {shots[position] for position in choose(shots, count)}

    assert len(seen) == len(lengths) or len(lengths) > count


@given(st.integers(1, 2000), counts)
def test_one_shot_is_covered_from_end_to_end(length: int, count: int) -> None:
    chosen = choose([0] * length, count)

    part = length / len(chosen)
    assert chosen[0] <= part / 2
    assert length - 1 - chosen[-1] <= part / 2 + 1
    assert all(after - before <= part + 1 for before, after in pairwise(chosen))


@given(shot_lengths, counts)
def test_the_second_half_is_never_forgotten(lengths: list[int], count: int) -> None:
    """The bias of taking the first frames: half of the video must weigh like the other."""
    shots = shots_of(lengths)
    chosen = choose(shots, count)

    if len(lengths) > count or len(lengths) == 1:
        late = sum(position >= len(shots) / 2 for position in chosen)
        assert abs(2 * late - len(chosen)) <= 2
    else:
        assert (shots[chosen[0]], shots[chosen[-1]]) == (0, len(lengths) - 1)


@given(shot_lengths, st.integers(30, 64))
def test_longer_shots_never_get_fewer_frames(lengths: list[int], count: int) -> None:
    shots = shots_of(lengths)
    got = np.bincount([shots[position] for position in choose(shots, count)])

    for first, second in pairwise(sorted(range(len(lengths)), key=lengths.__getitem__)):
        if lengths[first] < lengths[second]:
            assert got[first] <= got[second]


@given(st.integers(1, 100_000), st.integers(1, 128))
def test_thinning_keeps_half_to_all_of_the_capacity(seen: int, capacity: int) -> None:
    kept = len(range(0, seen, keep_every(seen, capacity)))

    assert kept <= capacity
    assert kept >= min(seen, capacity / 2)


@given(st.integers(1, 5000), counts)
def test_even_positions_are_the_middles_of_equal_parts(available: int, count: int) -> None:
    positions = evenly(available, count)

    assert len(positions) == min(available, count)
    mirrored = [available - 1 - position for position in reversed(positions)]
    assert all(abs(a - b) <= 1 for a, b in zip(positions, mirrored, strict=True))


@given(st.lists(st.floats(0, 600), min_size=1, max_size=300).map(sorted), counts)
def test_each_part_of_the_length_gives_at_most_one_keyframe(
    keyframes: list[float], count: int
) -> None:
    chosen = nearest_keyframes(keyframes, 600.0, count)

    parts = [min(int(keyframes[position] / 600 * count), count - 1) for position in chosen]
    assert parts == sorted(set(parts))
    assert set(parts) == {min(int(seconds / 600 * count), count - 1) for seconds in keyframes}


def test_a_cut_is_seen_and_a_moved_camera_is_not() -> None:
    from skimage import data

    scene, other = data.astronaut()[::8, ::8], data.coffee()[::8, ::8]

    assert is_cut(signature(scene), signature(other))
    assert not is_cut(signature(scene), signature(np.roll(scene, 3, axis=1)))
    assert not is_cut(signature(scene[:-4]), signature(scene[4:]))


def test_a_signature_counts_every_pixel_once() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 16, 3), np.uint8)

    assert signature(pixels).sum() == np.float32(1)
    assert (signature(pixels) == signature(pixels[::-1, ::-1])).all()
