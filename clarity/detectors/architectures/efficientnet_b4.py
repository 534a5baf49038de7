"""EfficientNet-B4 in Flax NNX, one to one with `keras.applications.EfficientNetB4`.

M. Tan and Q. Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks,
ICML 2019, https://arxiv.org/abs/1905.11946, width 1.4 and depth 1.8. The top is global average
pooling and one dense unit. No branch is dropped in training (no stochastic depth).

Modules are named as Keras' layers: `block2a.expand_conv` here is `block2a_expand_conv` there.
"""

from collections.abc import Iterator
from string import ascii_lowercase
from typing import NamedTuple

import jax
from flax import nnx

from clarity.detectors.architectures.layers import (
    ActivationMapHead,
    Conv,
    DepthwiseConv,
    batch_norm,
)

STEM = 48
FEATURES = 1792

_STAGES = (
    # repeats, kernel, stride, expansion, outputs (table 1, scaled)
    (2, 3, 1, 1, 24),
    (4, 3, 2, 6, 32),
    (4, 5, 2, 6, 56),
    (6, 3, 2, 6, 112),
    (6, 5, 1, 6, 160),
    (8, 5, 2, 6, 272),
    (2, 3, 1, 6, 448),
)


class Block(NamedTuple):
    """One inverted residual."""

    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int
    expansion: int


def _blocks() -> Iterator[Block]:
    inputs = STEM
    for number, (repeats, kernel, stride, expansion, outputs) in enumerate(_STAGES, 1):
        for repeat in range(repeats):
            name = f"block{number}{ascii_lowercase[repeat]}"
            yield Block(name, inputs, outputs, kernel, 1 if repeat else stride, expansion)
            inputs = outputs


BLOCKS = tuple(_blocks())


class InvertedResidual(nnx.Module):
    """1x1 expansion, depthwise, squeeze-and-excitation, 1x1 projection; beside an identity
    where shapes allow it."""

    def __init__(self, block: Block, *, rngs: nnx.Rngs) -> None:
        wide, squeezed = block.inputs * block.expansion, block.inputs // 4
        if block.expansion > 1:
            self.expand_conv = Conv(block.inputs, wide, size=1, bias=False, rngs=rngs)
            self.expand_bn = batch_norm(wide, rngs)
        self.dwconv = DepthwiseConv(
            wide, size=block.kernel, stride=block.stride, bias=False, rngs=rngs
        )
        self.bn = batch_norm(wide, rngs)
        self.se_reduce = Conv(wide, squeezed, size=1, rngs=rngs)
        self.se_expand = Conv(squeezed, wide, size=1, rngs=rngs)
        self.project_conv = Conv(wide, block.outputs, size=1, bias=False, rngs=rngs)
        self.project_bn = batch_norm(block.outputs, rngs)
        self.expands = block.expansion > 1
        self.identity = block.stride == 1 and block.inputs == block.outputs

    def __call__(self, x: jax.Array) -> jax.Array:
        y = nnx.silu(self.expand_bn(self.expand_conv(x))) if self.expands else x
        y = nnx.silu(self.bn(self.dwconv(y)))
        squeezed = nnx.silu(self.se_reduce(y.mean(axis=(1, 2), keepdims=True)))
        y = y * nnx.sigmoid(self.se_expand(squeezed))
        y = self.project_bn(self.project_conv(y))
        return x + y if self.identity else y


class EfficientNetB4(nnx.Module):
    """EfficientNet-B4 with one output unit, on float32 NHWC input (x - 116) / 58.

    Any input side from 32 pixels fits the same parameters.
    """

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.stem_conv = Conv(3, STEM, size=3, stride=2, bias=False, rngs=rngs)
        self.stem_bn = batch_norm(STEM, rngs)
        for block in BLOCKS:
            setattr(self, block.name, InvertedResidual(block, rngs=rngs))
        self.top_conv = Conv(BLOCKS[-1].outputs, FEATURES, size=1, bias=False, rngs=rngs)
        self.top_bn = batch_norm(FEATURES, rngs)
        self.head = ActivationMapHead(FEATURES, rngs=rngs)

    def features(self, x: jax.Array) -> jax.Array:
        """Last feature map, (N, h, w, 1792), of input (N, size, size, 3)."""
        x = nnx.silu(self.stem_bn(self.stem_conv(x)))
        for block in BLOCKS:
            x = getattr(self, block.name)(x)
        return nnx.silu(self.top_bn(self.top_conv(x)))

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Logits (N,) and class activation maps (N, h, w); mean(map) + bias is the logit."""
        return self.head(self.features(x))
