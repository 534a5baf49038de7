"""Convolutions in the form that is fast on the backend at hand, all equal to `lax.conv`.

XLA's CPU backend is several times slower than need be on depthwise and 1x1 convolutions
(docs/decisions). There a depthwise convolution is k x k shifted multiply-adds, its kernel
gradient is reduced image by image, and a 1x1 convolution is a matrix product. The kernel
gradient of a dense convolution on a large map is k x k shifted matrix products.
Accelerators use `lax.conv_general_dilated`. Everything is NHWC.
"""

from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

Padding = Literal["SAME", "VALID"]

_LAYOUT = ("NHWC", "HWIO", "NHWC")

LARGE_MAP = 56
"""Side in cells from which shifted products are the faster kernel gradient."""


def convolve(x: jax.Array, kernel: jax.Array, *, stride: int = 1, padding: Padding) -> jax.Array:
    """Convolution of x (N, H, W, C) with kernel (k, k, C, D)."""
    if kernel.shape[:2] == (1, 1) and _on_cpu():
        return pointwise_as_product(x, kernel, stride=stride)
    if _gains_from_shifts(x, kernel, stride=stride, padding=padding) and _on_cpu():
        return dense_same(x, kernel)
    return lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=_LAYOUT)


def depthwise(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Depthwise convolution, stride 1, "same": x (N, H, W, C), kernel (k, k, C, 1), k odd."""
    return depthwise_shifted(x, kernel) if _on_cpu() else depthwise_direct(x, kernel)


def depthwise_direct(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """`depthwise` by `lax.conv_general_dilated`."""
    return lax.conv_general_dilated(
        x,
        kernel.transpose(0, 1, 3, 2),
        (1, 1),
        "SAME",
        dimension_numbers=_LAYOUT,
        feature_group_count=x.shape[-1],
    )


def pointwise_as_product(x: jax.Array, kernel: jax.Array, *, stride: int = 1) -> jax.Array:
    """1x1 convolution: x (N, H, W, C), kernel (1, 1, C, D)."""
    return jnp.einsum("nhwc,cd->nhwd", x[:, ::stride, ::stride], kernel[0, 0])


@jax.custom_vjp
def dense_same(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Dense convolution, stride 1, "same": x (N, H, W, C), kernel (k, k, C, D), k odd.

    Its kernel gradient is k x k matrix products of shifted inputs with the slope.
    """
    return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=_LAYOUT)


def _dense_forward(
    x: jax.Array, kernel: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return dense_same(x, kernel), (x, kernel)


def _dense_backward(
    saved: tuple[jax.Array, jax.Array], slope: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, kernel = saved
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    products = [jnp.einsum("nhwc,nhwd->cd", shift, slope) for shift in _shifts(x, len(kernel))]
    return dense_same(slope, turned), jnp.stack(products).reshape(kernel.shape)


dense_same.defvjp(_dense_forward, _dense_backward)


def _gains_from_shifts(x: jax.Array, kernel: jax.Array, *, stride: int, padding: Padding) -> bool:
    covered = kernel.shape[:2] == (3, 3) and stride == 1 and padding == "SAME"
    return covered and min(x.shape[1:3]) >= LARGE_MAP


@jax.custom_vjp
def depthwise_shifted(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """`depthwise` as a sum of k x k shifted products."""
    k = kernel.shape[0]
    taps = kernel.reshape(k * k, -1)
    first, *rest = _shifts(x, k)
    return sum((shift * tap for shift, tap in zip(rest, taps[1:], strict=True)), first * taps[0])


def _forward(x: jax.Array, kernel: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return depthwise_shifted(x, kernel), (x, kernel)


def _backward(saved: tuple[jax.Array, jax.Array], slope: jax.Array) -> tuple[jax.Array, jax.Array]:
    x, kernel = saved
    return depthwise_shifted(slope, kernel[::-1, ::-1]), _kernel_gradient(x, slope, kernel)


depthwise_shifted.defvjp(_forward, _backward)


def _kernel_gradient(x: jax.Array, slope: jax.Array, kernel: jax.Array) -> jax.Array:
    k = kernel.shape[0]

    def add_image(total: jax.Array, pair: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        image, image_slope = pair
        parts = [jnp.einsum("hwc,hwc->c", shift, image_slope) for shift in _shifts(image, k)]
        return total + jnp.stack(parts), None

    # one image at a time stays in the cache; the whole batch does not
    total, _ = lax.scan(add_image, jnp.zeros((k * k, x.shape[-1]), x.dtype), (x, slope))
    return total.reshape(kernel.shape)


def _shifts(x: jax.Array, k: int) -> list[jax.Array]:
    """The k x k shifted copies of x (..., H, W, C), zero outside, row by row."""
    half = k // 2
    *outer, height, width, _ = x.shape
    padded = jnp.pad(x, [(0, 0)] * len(outer) + [(half, half), (half, half), (0, 0)])
    return [padded[..., i : i + height, j : j + width, :] for i in range(k) for j in range(k)]


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"
