"""Layers that the Flax networks share."""

import jax
import jax.numpy as jnp
from flax import nnx

from clarity.detectors.architectures.convolutions import convolve, depthwise

_kernel_init = nnx.initializers.he_normal()
_head_init = nnx.initializers.glorot_uniform()


class Conv(nnx.Module):
    """Convolution, "same" padding; kernel (k, k, in, out)."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        size: int,
        stride: int = 1,
        bias: bool = True,
        rngs: nnx.Rngs,
    ) -> None:
        self.kernel = nnx.Param(_kernel_init(rngs.params(), (size, size, inputs, outputs)))
        self.bias = nnx.Param(jnp.zeros((outputs,))) if bias else None
        self.stride = stride

    def __call__(self, x: jax.Array) -> jax.Array:
        y = convolve(x, self.kernel[...], stride=self.stride, padding="SAME")
        return y if self.bias is None else y + self.bias[...]


class DepthwiseConv(nnx.Module):
    """Depthwise convolution, "same" padding; kernel (k, k, channels, 1)."""

    def __init__(
        self, channels: int, *, size: int, stride: int, bias: bool = True, rngs: nnx.Rngs
    ) -> None:
        self.kernel = nnx.Param(_kernel_init(rngs.params(), (size, size, channels, 1)))
        self.bias = nnx.Param(jnp.zeros((channels,))) if bias else None
        self.stride = stride

    def __call__(self, x: jax.Array) -> jax.Array:
        y = depthwise(x, self.kernel[...])
        if self.stride == 2:
            # "same" at stride 2 centres the first window on pixel 1 of an even side, 0 of an odd
            y = y[:, 1 - x.shape[1] % 2 :: 2, 1 - x.shape[2] % 2 :: 2]
        return y if self.bias is None else y + self.bias[...]


def batch_norm(channels: int, rngs: nnx.Rngs) -> nnx.BatchNorm:
    """BatchNorm with Keras' constants; `model.train()` and `model.eval()` switch it."""
    return nnx.BatchNorm(channels, momentum=0.99, epsilon=1e-3, use_fast_variance=False, rngs=rngs)


class ActivationMapHead(nnx.Module):
    """Global average pooling and one dense unit, applied to every cell first.

    Both are linear, so the mean of the cells plus the bias is the logit exactly.
    """

    def __init__(self, features: int, *, rngs: nnx.Rngs) -> None:
        self.kernel = nnx.Param(_head_init(rngs.params(), (features, 1)))
        self.bias = nnx.Param(jnp.zeros((1,)))

    def __call__(self, features: jax.Array) -> tuple[jax.Array, jax.Array]:
        cells = (features @ self.kernel[...])[..., 0]
        return cells.mean(axis=(1, 2)) + self.bias[...], cells
