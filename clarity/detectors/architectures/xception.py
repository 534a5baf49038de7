"""Xception in Flax NNX, one to one with `keras.applications.Xception`.

F. Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017,
https://arxiv.org/abs/1610.02357. The top is global average pooling and one dense unit, so
the class activation map is exact and costs nothing.

Modules are named as Keras' layers: `block4.sepconv2_bn` here is `block4_sepconv2_bn` there.
"""

import jax
from flax import nnx

from clarity.detectors.architectures.convolutions import Padding, convolve, depthwise
from clarity.detectors.architectures.layers import ActivationMapHead, batch_norm

FEATURES = 2048
MIDDLE_BLOCKS = range(5, 13)

_kernel_init = nnx.initializers.glorot_uniform()


class Conv(nnx.Module):
    """Convolution without bias; kernel (k, k, in, out)."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        size: int,
        stride: int = 1,
        padding: Padding = "SAME",
        rngs: nnx.Rngs,
    ) -> None:
        self.kernel = nnx.Param(_kernel_init(rngs.params(), (size, size, inputs, outputs)))
        self.stride = stride
        self.padding: Padding = padding

    def __call__(self, x: jax.Array) -> jax.Array:
        return convolve(x, self.kernel[...], stride=self.stride, padding=self.padding)


class SeparableConv(nnx.Module):
    """3x3 depthwise, then 1x1, without bias; kernels (3, 3, in, 1) and (1, 1, in, out)."""

    def __init__(self, inputs: int, outputs: int, *, rngs: nnx.Rngs) -> None:
        self.depthwise_kernel = nnx.Param(_kernel_init(rngs.params(), (3, 3, inputs, 1)))
        self.pointwise_kernel = nnx.Param(_kernel_init(rngs.params(), (1, 1, inputs, outputs)))

    def __call__(self, x: jax.Array) -> jax.Array:
        x = depthwise(x, self.depthwise_kernel[...])
        return convolve(x, self.pointwise_kernel[...], padding="SAME")


class Entry(nnx.Module):
    """Block 1: two plain convolutions, the first of stride 2."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.conv1 = Conv(3, 32, size=3, stride=2, padding="VALID", rngs=rngs)
        self.conv1_bn = batch_norm(32, rngs)
        self.conv2 = Conv(32, 64, size=3, padding="VALID", rngs=rngs)
        self.conv2_bn = batch_norm(64, rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = nnx.relu(self.conv1_bn(self.conv1(x)))
        return nnx.relu(self.conv2_bn(self.conv2(x)))


class Down(nnx.Module):
    """Blocks 2, 3, 4 and 13: two separable convolutions and a pool of stride 2, beside a
    1x1 convolution of stride 2."""

    def __init__(
        self, inputs: int, middle: int, outputs: int, *, relu_first: bool = True, rngs: nnx.Rngs
    ) -> None:
        self.sepconv1 = SeparableConv(inputs, middle, rngs=rngs)
        self.sepconv1_bn = batch_norm(middle, rngs)
        self.sepconv2 = SeparableConv(middle, outputs, rngs=rngs)
        self.sepconv2_bn = batch_norm(outputs, rngs)
        self.residual = Conv(inputs, outputs, size=1, stride=2, rngs=rngs)
        self.residual_bn = batch_norm(outputs, rngs)
        self.relu_first = relu_first

    def __call__(self, x: jax.Array) -> jax.Array:
        residual = self.residual_bn(self.residual(x))
        x = nnx.relu(x) if self.relu_first else x
        x = self.sepconv1_bn(self.sepconv1(x))
        x = self.sepconv2_bn(self.sepconv2(nnx.relu(x)))
        return nnx.max_pool(x, (3, 3), strides=(2, 2), padding="SAME") + residual


class Middle(nnx.Module):
    """Blocks 5 to 12: three separable convolutions beside an identity."""

    def __init__(self, channels: int, *, rngs: nnx.Rngs) -> None:
        self.sepconv1 = SeparableConv(channels, channels, rngs=rngs)
        self.sepconv1_bn = batch_norm(channels, rngs)
        self.sepconv2 = SeparableConv(channels, channels, rngs=rngs)
        self.sepconv2_bn = batch_norm(channels, rngs)
        self.sepconv3 = SeparableConv(channels, channels, rngs=rngs)
        self.sepconv3_bn = batch_norm(channels, rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        y = self.sepconv1_bn(self.sepconv1(nnx.relu(x)))
        y = self.sepconv2_bn(self.sepconv2(nnx.relu(y)))
        y = self.sepconv3_bn(self.sepconv3(nnx.relu(y)))
        return x + y


class Exit(nnx.Module):
    """Block 14: two separable convolutions, each followed by a ReLU."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.sepconv1 = SeparableConv(1024, 1536, rngs=rngs)
        self.sepconv1_bn = batch_norm(1536, rngs)
        self.sepconv2 = SeparableConv(1536, FEATURES, rngs=rngs)
        self.sepconv2_bn = batch_norm(FEATURES, rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = nnx.relu(self.sepconv1_bn(self.sepconv1(x)))
        return nnx.relu(self.sepconv2_bn(self.sepconv2(x)))


class Xception(nnx.Module):
    """Xception with one output unit, on float32 NHWC input normalised to [-1, 1].

    Any input side from 71 pixels fits the same parameters.
    """

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.block1 = Entry(rngs=rngs)
        self.block2 = Down(64, 128, 128, relu_first=False, rngs=rngs)
        self.block3 = Down(128, 256, 256, rngs=rngs)
        self.block4 = Down(256, 728, 728, rngs=rngs)
        for number in MIDDLE_BLOCKS:
            setattr(self, f"block{number}", Middle(728, rngs=rngs))
        self.block13 = Down(728, 728, 1024, rngs=rngs)
        self.block14 = Exit(rngs=rngs)
        self.head = ActivationMapHead(FEATURES, rngs=rngs)

    def features(self, x: jax.Array) -> jax.Array:
        """Last feature map, (N, h, w, 2048), of input (N, size, size, 3)."""
        for number in range(1, 15):
            x = getattr(self, f"block{number}")(x)
        return x

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Logits (N,) and class activation maps (N, h, w); mean(map) + bias is the logit."""
        return self.head(self.features(x))
