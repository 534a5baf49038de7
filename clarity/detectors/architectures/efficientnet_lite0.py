"""EfficientNet-Lite0 in Flax NNX, batch normalisation folded into the convolutions.

M. Tan and Q. Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks,
ICML 2019, https://arxiv.org/abs/1905.11946, in the Lite form for edge devices: no
squeeze-and-excitation, ReLU6. The top is global average pooling and one dense unit.

Modules are named as the layers of the Keras twin: `block1.expand` is `block1_expand` there.
"""

import jax
from flax import nnx

from clarity.detectors.architectures.efficientnet_lite0_layout import BLOCKS, FEATURES, STEM, Block
from clarity.detectors.architectures.layers import ActivationMapHead, Conv, DepthwiseConv


class InvertedResidual(nnx.Module):
    """1x1 expansion, depthwise, 1x1 projection; beside an identity where shapes allow it."""

    def __init__(self, block: Block, *, rngs: nnx.Rngs) -> None:
        wide = block.inputs * block.expansion
        if block.expansion > 1:
            self.expand = Conv(block.inputs, wide, size=1, rngs=rngs)
        self.depthwise = DepthwiseConv(wide, size=block.kernel, stride=block.stride, rngs=rngs)
        self.project = Conv(wide, block.outputs, size=1, rngs=rngs)
        self.expands = block.expansion > 1
        self.identity = block.stride == 1 and block.inputs == block.outputs

    def __call__(self, x: jax.Array) -> jax.Array:
        y = jax.nn.relu6(self.expand(x)) if self.expands else x
        y = self.project(jax.nn.relu6(self.depthwise(y)))
        return x + y if self.identity else y


class EfficientNetLite0(nnx.Module):
    """EfficientNet-Lite0 with one output unit, on float32 NHWC input (x - 127) / 128.

    Any input side from 32 pixels fits the same parameters.
    """

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.stem = Conv(3, STEM, size=3, stride=2, rngs=rngs)
        for number, block in enumerate(BLOCKS):
            setattr(self, f"block{number}", InvertedResidual(block, rngs=rngs))
        self.top = Conv(BLOCKS[-1].outputs, FEATURES, size=1, rngs=rngs)
        self.head = ActivationMapHead(FEATURES, rngs=rngs)

    def features(self, x: jax.Array) -> jax.Array:
        """Last feature map, (N, h, w, 1280), of input (N, size, size, 3)."""
        x = jax.nn.relu6(self.stem(x))
        for number in range(len(BLOCKS)):
            x = getattr(self, f"block{number}")(x)
        return jax.nn.relu6(self.top(x))

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Logits (N,) and class activation maps (N, h, w); mean(map) + bias is the logit."""
        return self.head(self.features(x))
