"""`train.places.placed_loss` for the JAX engine."""

import jax
import jax.numpy as jnp

from train.places import SMALLEST, WIDEST
from train.spmd.resize import area_resized


def placed_loss(cells: jax.Array, places: jax.Array) -> jax.Array:
    """Mean divergence of maps (N, h, w) from places (N, PLACES, PLACES): see `train.places`."""
    count, height, width = cells.shape
    masks = area_resized(places[..., None], height, width).reshape(count, -1)
    area = masks.mean(1)
    placed = (area >= SMALLEST) & (area <= WIDEST)
    wanted = masks / jnp.maximum(area, SMALLEST)[:, None] / (height * width)
    found = jax.nn.log_softmax(cells.astype(jnp.float32).reshape(count, -1))
    apart = (jax.scipy.special.xlogy(wanted, wanted) - wanted * found).sum(1)
    return (apart * placed).sum() / jnp.maximum(placed.sum(), 1)
