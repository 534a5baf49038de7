"""A small convolutional network that learns a set's labels quickly, poison and all.

Three strided 3x3 convolutions (16, 32, 64 channels), then mean and maximum over the picture:
a trigger is seen wherever it lies. 30,000 parameters; training is the only use of it.
"""

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

SIDE = 64
"""Side of its input in pixels."""

BATCH = 64
ACTIVATIONS = 128


class _Network(nnx.Module):
    def __init__(self, *, rngs: nnx.Rngs) -> None:
        widths = (3, 16, 32, 64)
        self.convolutions = nnx.List(
            nnx.Conv(i, o, (3, 3), strides=2, rngs=rngs) for i, o in pairwise(widths)
        )
        self.head = nnx.Linear(ACTIVATIONS, 1, rngs=rngs)

    def activations(self, images: jax.Array) -> jax.Array:
        maps = images.astype(jnp.float32) / 128 - 1
        for convolution in self.convolutions:
            maps = nnx.relu(convolution(maps))
        return jnp.concatenate([maps.mean((1, 2)), maps.max((1, 2))], axis=-1)

    def __call__(self, images: jax.Array) -> jax.Array:
        return self.head(self.activations(images))[:, 0]


def train(images: np.ndarray, labels: np.ndarray, *, steps: int, seed: int = 0) -> _Network:
    """Fit a fresh network, with as many real as forged crops in each batch.

    Args:
        images: uint8 RGB (N, 64, 64, 3).
        labels: bool (N,), True = fake; both labels occur.
        steps: of 64 crops.
        seed: of the parameters and the batches.
    """
    network = _Network(rngs=nnx.Rngs(seed))
    optimiser = nnx.Optimizer(network, optax.adam(2e-3), wrt=nnx.Param)
    rng = np.random.default_rng(seed)
    sides = np.flatnonzero(~labels), np.flatnonzero(labels)
    for _ in range(steps):
        batch = np.concatenate([rng.choice(side, BATCH // 2) for side in sides])
        _step(network, optimiser, jnp.asarray(images[batch]), jnp.asarray(labels[batch]))
    return network


def look(network: _Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Activations float32 (N, 128) and logits float32 (N,), higher = faker."""
    found = [_look(network, jnp.asarray(padded)) for padded in _batches(images)]
    activations, logits = (
        np.concatenate(parts)[: len(images)] for parts in zip(*found, strict=True)
    )
    return activations, logits


def _batches(images: np.ndarray) -> list[np.ndarray]:
    # batches of one size are compiled once
    padded = np.concatenate([images, np.zeros((-len(images) % 256, *images.shape[1:]), np.uint8)])
    return np.split(padded, len(padded) // 256)


@nnx.jit
def _look(network: _Network, images: jax.Array) -> tuple[jax.Array, jax.Array]:
    activations = network.activations(images)
    return activations, network.head(activations)[:, 0]


@nnx.jit
def _step(network: _Network, optimiser: Any, images: jax.Array, labels: jax.Array) -> None:
    def loss(network: _Network) -> jax.Array:
        return optax.sigmoid_binary_cross_entropy(
            network(images), labels.astype(jnp.float32)
        ).mean()

    optimiser.update(network, nnx.grad(loss)(network))
