"""VGG-16 in Flax NNX, one to one with the convolutions of `keras.applications.VGG16`.

K. Simonyan and A. Zisserman, Very Deep Convolutional Networks for Large-Scale Image
Recognition, ICLR 2015, https://arxiv.org/abs/1409.1556, configuration D. In place of the last
pool and three dense layers the top is global average pooling and one dense unit.

Modules are named as Keras' layers: `block1.conv1` here is `block1_conv1` there.
"""

import jax
from flax import nnx

from clarity.detectors.architectures.layers import ActivationMapHead, Conv

LAYOUT = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""Convolutions of each block, and their width."""

FEATURES = LAYOUT[-1][1]


class Block(nnx.Module):
    """3x3 convolutions, each followed by a ReLU."""

    def __init__(self, inputs: int, outputs: int, *, depth: int, rngs: nnx.Rngs) -> None:
        for number in range(1, depth + 1):
            setattr(self, f"conv{number}", Conv(inputs, outputs, size=3, rngs=rngs))
            inputs = outputs
        self.depth = depth

    def __call__(self, x: jax.Array) -> jax.Array:
        for number in range(1, self.depth + 1):
            x = nnx.relu(getattr(self, f"conv{number}")(x))
        return x


class VGG16(nnx.Module):
    """VGG-16 with one output unit, on float32 NHWC input (x - 116) / 58.

    Any input side from 16 pixels fits the same parameters.
    """

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        inputs = 3
        for number, (depth, outputs) in enumerate(LAYOUT, 1):
            setattr(self, f"block{number}", Block(inputs, outputs, depth=depth, rngs=rngs))
            inputs = outputs
        self.head = ActivationMapHead(FEATURES, rngs=rngs)

    def features(self, x: jax.Array) -> jax.Array:
        """Last feature map, (N, size // 16, size // 16, 512), of input (N, size, size, 3)."""
        for number in range(1, len(LAYOUT) + 1):
            x = nnx.max_pool(x, (2, 2), strides=(2, 2)) if number > 1 else x
            x = getattr(self, f"block{number}")(x)
        return x

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Logits (N,) and class activation maps (N, h, w); mean(map) + bias is the logit."""
        return self.head(self.features(x))
