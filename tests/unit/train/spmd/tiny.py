"""A network of a few thousand parameters, for what does not depend on the architecture."""

import jax
from flax import nnx

from clarity.detectors.architectures.xception import ActivationMapHead, Conv, batch_norm


class Tiny(nnx.Module):
    """One convolution of stride 8 and the head."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.block1 = Conv(3, 16, size=8, stride=8, rngs=rngs)
        self.head = ActivationMapHead(16, rngs=rngs)

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        return self.head(nnx.relu(self.block1(x)))


class TinyNormed(nnx.Module):
    """The same with batch normalisation."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.block1 = Conv(3, 16, size=8, stride=8, rngs=rngs)
        self.block1_bn = batch_norm(16, rngs)
        self.head = ActivationMapHead(16, rngs=rngs)

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        return self.head(nnx.relu(self.block1_bn(self.block1(x))))
