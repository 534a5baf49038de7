"""Pairs of crops that are nearly the same, by the hashes of `clarity.media.likeness`.

They are found by multi-index hashing (Norouzi, Punjani, Fleet: "Fast Search in Hamming Space with
Multi-Index Hashing", 2012): two hashes that differ in at most r bits agree in at least one of
r + 1 bands.
"""

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

from clarity.media.likeness import HASH_BITS

NEAR_BITS = 6
"""Bits up to which hashes make two crops candidates. A copy at JPEG quality 50, found and cut
anew, lies within 6 bits in 91 % of cases, within 2 in 56 %: its box moves by a pixel."""

ALIKE = 0.93
"""Correlation from which candidates are one picture. Faces cut alike look alike: of 70 candidate
pairs across the splits of 16,970 crops of many datasets, the 8 above this were pairs of one
photograph or film by eye; below about 0.9 they were mostly different people."""

THUMBNAIL = 64
SLACK = 8
"""Pixels of a thumbnail by which two crops of one picture may be shifted."""


def thumbnail(crop: np.ndarray) -> np.ndarray:
    """What `likeness` compares: uint8 grey (64, 64)."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation, in [-1, 1], of two thumbnails, moved a little to where they agree best."""
    inner = one[SLACK:-SLACK, SLACK:-SLACK]
    if inner.std() < 1 or other.std() < 1:
        return float(np.abs(one.mean() - other.mean()) < 1)  # flat: there is no pattern
    return float(cv2.matchTemplate(other, inner, cv2.TM_CCOEFF_NORMED).max())


def near_pairs(
    hashes: np.ndarray, sides: np.ndarray, *, distance: int
) -> Iterator[tuple[int, int]]:
    """Pairs of positions with different sides and hashes at most `distance` bits apart.

    Equal hashes of one side are represented by the first of them, so that many flat crops
    cost no more than one. A pair may come twice.

    Args:
        hashes: uint64 (n,).
        sides: int (n,), which split each belongs to.
        distance: bits, at least 0.
    """
    entries = np.array([hashes, sides.astype(np.uint64)]).T
    _, first = np.unique(entries, axis=0, return_index=True)
    hashes, sides = hashes[first], sides[first]
    for band in _bands(hashes, distance + 1):
        order = np.argsort(band, kind="stable")
        cuts = np.flatnonzero(np.diff(band[order])) + 1
        for bucket in np.split(order, cuts):
            if len(bucket) > 1:
                yield from _pairs_in(bucket, hashes, sides, first, distance)


def _bands(hashes: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """The bits of the hashes in `count` parts of nearly equal width."""
    edges = np.linspace(0, HASH_BITS, count + 1).astype(int)
    for low, high in pairwise(edges):
        mask = np.uint64((1 << int(high - low)) - 1)
        yield (hashes >> np.uint64(low)) & mask


def _pairs_in(
    bucket: np.ndarray,
    hashes: np.ndarray,
    sides: np.ndarray,
    positions: np.ndarray,
    distance: int,
) -> Iterator[tuple[int, int]]:
    """Each of a bucket against the rest of it, one row at a time: memory stays small."""
    for place, one in enumerate(bucket[:-1]):
        rest = bucket[place + 1 :]
        differing = np.bitwise_count(hashes[rest] ^ hashes[one])
        near = rest[(differing <= distance) & (sides[rest] != sides[one])]
        for other in near:
            first, second = sorted((int(positions[one]), int(positions[other])))
            yield first, second
