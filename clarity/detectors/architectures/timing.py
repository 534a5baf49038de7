"""A small network over measures of motion and sound, in Flax NNX.

Two soft hinges over the measures, and one unit: so few numbers can be learnt from some dozens
of clips, and each hinge's part of the logit can be shown, as the cells of a heat map are. The
measures, and what is known of them, are in `clarity.scanner.motion`.
"""

import jax
import jax.numpy as jnp
from flax import nnx

MEASURES = 3
HINGES = 2


class Unit(nnx.Module):
    """Weighs the hinges; the mean of the weighed hinges plus the bias is the logit."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.kernel = nnx.Param(jax.random.normal(rngs.params(), (HINGES,)))
        self.bias = nnx.Param(jnp.zeros((1,)))

    def __call__(self, hinges: jax.Array) -> tuple[jax.Array, jax.Array]:
        parts = (hinges * self.kernel[...])[:, None, :]
        return parts.mean(axis=(1, 2)) + self.bias[...], parts


class Timing(nnx.Module):
    """Hinges and one output unit, on float32 input (N, MEASURES)."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.hinges = nnx.Linear(MEASURES, HINGES, rngs=rngs)
        self.head = Unit(rngs=rngs)

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Logits (N,) and parts (N, 1, HINGES)."""
        return self.head(nnx.softplus(self.hinges(x)))
