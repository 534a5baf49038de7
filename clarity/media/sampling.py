"""Which frames of a video are looked at: pure functions, so the choice is always the same.

A video is sampled over its whole length and in every shot. Candidates are kept evenly while
it is decoded (`thinned`), shots are told apart by colour (`is_cut`), and the frames that are
looked at are then chosen among the candidates (`choose`).
"""

from collections.abc import Sequence

import numpy as np

LEVELS = 4
"""Levels of each colour channel in a signature."""

CUT_DISTANCE = 0.5
"""Share of the picture, in [0, 1], that must change its colour for a cut to be seen."""


def signature(thumbnail: np.ndarray) -> np.ndarray:
    """The colours of a picture, as a joint histogram.

    Args:
        thumbnail: uint8 RGB, shape (height, width, 3); a few hundred pixels are enough.

    Returns:
        float32, shape (LEVELS ** 3,), at least 0, summing to 1.
    """
    levels = thumbnail.reshape(-1, 3).astype(np.int32) * LEVELS // 256
    cells = levels @ np.array((LEVELS * LEVELS, LEVELS, 1), np.int32)
    counts = np.bincount(cells, minlength=LEVELS**3)
    return (counts / len(cells)).astype(np.float32)


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two signatures differ so much that another shot has begun."""
    return float(np.abs(before - after).sum()) / 2 > CUT_DISTANCE


def keep_every(seen: int, capacity: int) -> int:
    """The power of two by which a sequence of `seen` items is thinned to at most `capacity`.

    At least `capacity / 2` items are left of a sequence that had as many, whatever its
    length, so nobody needs to know the length beforehand.
    """
    stride = 1
    while -(-seen // stride) > capacity:
        stride *= 2
    return stride


def evenly(available: int, count: int) -> list[int]:
    """`count` positions out of `range(available)`: the middles of equal parts, ascending.

    All positions where `count` is not below `available`.
    """
    if count >= available:
        return list(range(available))
    return [(2 * part + 1) * available // (2 * count) for part in range(count)]


def choose(shots: Sequence[int], count: int) -> list[int]:
    """The positions of the candidates to look at, ascending, without repetition.

    Every shot gets its share of the frames by its length and at least one; inside a shot
    they are spread evenly. With more shots than frames they are spread over the whole.

    Args:
        shots: the shot of each candidate, in time order, never descending.
        count: how many to choose, at least 1; all are chosen where there are fewer.
    """
    if count >= len(shots):
        return list(range(len(shots)))
    starts = [0] + [i for i in range(1, len(shots)) if shots[i] != shots[i - 1]]
    if len(starts) > count:
        return evenly(len(shots), count)
    lengths = np.diff([*starts, len(shots)])
    return [
        start + position
        for start, length, share in zip(starts, lengths, _shares(lengths, count), strict=True)
        for position in evenly(int(length), share)
    ]


def _shares(lengths: np.ndarray, count: int) -> list[int]:
    """Split `count` by length: at least one each, never more than the length.

    Highest averages (Sainte-Lague): the next frame goes to the shot with the most candidates
    a frame; the earlier shot wins a tie.
    """
    shares = [1] * len(lengths)
    for _ in range(count - len(lengths)):
        averages = [
            length / (2 * share + 1) if share < length else 0.0
            for length, share in zip(lengths, shares, strict=True)
        ]
        shares[averages.index(max(averages))] += 1
    return shares


def nearest_keyframes(keyframes: Sequence[float], end: float, count: int) -> list[int]:
    """For each of `count` equal parts of [0, `end`], its keyframe nearest to the middle.

    Args:
        keyframes: times in seconds, ascending, at least 0.
        end: length in seconds, above 0.

    Returns:
        Positions in `keyframes`, ascending; a part without a keyframe has none.
    """
    best: dict[int, tuple[float, int]] = {}
    for position, seconds in enumerate(keyframes):
        part = min(int(seconds / end * count), count - 1)
        distance = abs(seconds - (part + 0.5) * end / count)
        best[part] = min(best.get(part, (distance, position)), (distance, position))
    return sorted(position for _, position in best.values())
