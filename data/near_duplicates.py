"""Perceptual hashes of crops, and pairs of them that are nearly the same.

The hash is the 64-bit DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image
Hash Functions", 2010, as the `imagehash` library computes it. Pairs are found by multi-index
hashing (Norouzi, Punjani, Fleet: "Fast Search in Hamming Space with Multi-Index Hashing",
2012): two hashes that differ in at most r bits agree in at least one of r + 1 bands.
"""

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

HASH_BITS = 64
_SIDE = 32
_KEPT = 8


def perceptual_hash(crop: np.ndarray) -> int:
    """64 bits of an uint8 RGB picture: its lowest frequencies above or below their median."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:_KEPT, :_KEPT]
    bits = (low > np.median(low)).ravel()
    return int(np.packbits(bits).view(">u8")[0])


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
