"""The attack of `train.adversarial` on a part of every batch, for the JAX engine."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from train.adversarial import Adversarial


def attacked(
    key: jax.Array,
    pixels: jax.Array,
    targets: jax.Array,
    logits: Callable[[jax.Array], jax.Array],
    how: Adversarial,
) -> jax.Array:
    """The batch with its first rows moved up the loss.

    Args:
        key: of the random start.
        pixels: float32 (N, s, s, 3) in [0, 255].
        targets: float32 (N,), in [0, 1].
        logits: pixels -> logits (N,), of the network as it judges, not as it trains.
        how: the attack.

    Returns:
        As `pixels`, within epsilon of them.
    """
    count = max(1, round(how.share * len(pixels)))
    clean, wanted = pixels[:count], targets[:count]
    # past the edge of the box and clipped back: one step must reach its corners
    step = how.epsilon * (1.25 if how.steps == 1 else 2.5 / how.steps)

    def loss(change: jax.Array) -> jax.Array:
        answers = logits(jnp.clip(clean + change, 0, 255))
        return optax.sigmoid_binary_cross_entropy(answers, wanted).sum()

    change = jax.random.uniform(key, clean.shape, minval=-how.epsilon, maxval=how.epsilon)
    for _ in range(how.steps):
        uphill = change + step * jnp.sign(jax.grad(loss)(change))
        change = jnp.clip(uphill, -how.epsilon, how.epsilon)
    moved = jnp.clip(clean + change, 0, 255)
    return jax.lax.stop_gradient(jnp.concatenate([moved, pixels[count:]]))
