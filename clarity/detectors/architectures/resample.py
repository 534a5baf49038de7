"""Shrinking a picture by area: one small matrix for rows and columns, equal in every framework."""

import numpy as np


def area_matrix(size: int, source: int) -> np.ndarray:
    """Weights (size, source), float32, that shrink a line of `source` pixels to `size` by area.

    Each row sums to 1. `matrix @ image @ matrix.T` is what OpenCV's INTER_AREA computes.

    Raises:
        ValueError: a line cannot be made longer by area.
    """
    if not 0 < size <= source:
        raise ValueError(f"{source} pixels cannot be shrunk to {size}")
    scale = source / size
    starts, ends = np.arange(size) * scale, (np.arange(size) + 1) * scale
    pixels = np.arange(source)
    covered = np.minimum(ends[:, None], pixels + 1) - np.maximum(starts[:, None], pixels)
    return (np.clip(covered, 0, None) / scale).astype(np.float32)


def tiled(cells: int, common: int) -> np.ndarray:
    """Matrix (common, cells), float32, that repeats each cell; `common` is a multiple of them."""
    return np.repeat(np.eye(cells, dtype=np.float32), common // cells, axis=0)
