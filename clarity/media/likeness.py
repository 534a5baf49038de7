"""Perceptual hashes: two pictures that look alike have hashes that differ in few bits.

The hash is the 64-bit DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image
Hash Functions", 2010, as the `imagehash` library computes it. Hashes that differ in at most r
bits agree in at least one of r + 1 bands (Norouzi, Punjani, Fleet: "Fast Search in Hamming Space
with Multi-Index Hashing", 2012), so that a database finds them by an index.
"""

from itertools import pairwise

import numpy as np

HASH_BITS = 64

SIMILAR_BITS = 6
"""Bits up to which two items are called similar. It is said, never acted on."""

_SIDE = 32
_KEPT = 8


def perceptual_hash(picture: np.ndarray) -> int:
    """64 bits of an uint8 RGB picture: its lowest frequencies above or below their median."""
    import cv2  # here: who only compares hashes, as the gateway does, needs none of it

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:_KEPT, :_KEPT]
    bits = (low > np.median(low)).ravel()
    return int(np.packbits(bits).view(">u8")[0])


def bands(value: int, *, distance: int = SIMILAR_BITS) -> list[int]:
    """The hash cut into `distance` + 1 bands, the first from its lowest bits."""
    edges = [HASH_BITS * number // (distance + 1) for number in range(distance + 2)]
    return [(value >> low) & ((1 << (high - low)) - 1) for low, high in pairwise(edges)]


def differing_bits(one: int, other: int) -> int:
    """Bits in which two hashes differ, from 0 to 64."""
    return (one ^ other).bit_count()
