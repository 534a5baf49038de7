"""Resizing by area averaging, as TensorFlow's and OpenCV's "area", for any ratio."""

import jax
import jax.numpy as jnp
import numpy as np


def area_resized(x: jax.Array, height: int, width: int) -> jax.Array:
    """x (N, H, W, C) at (height, width): each pixel the mean of the area that it covers."""
    rows, columns = _weights(x.shape[1], height), _weights(x.shape[2], width)
    return jnp.einsum("nhwc,ih,jw->nijc", x, rows, columns)


def _weights(source: int, target: int) -> np.ndarray:
    """(target, source): share of each old pixel in each new one; rows sum to 1."""
    edges = np.arange(target + 1) * (source / target)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(source)[None]
    overlap = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    return (overlap * (target / source)).astype(np.float32)
