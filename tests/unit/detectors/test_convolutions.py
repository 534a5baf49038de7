"""The CPU forms equal `lax.conv`, values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from clarity.detectors.architectures import convolutions


def _normal(*shape: int, seed: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


@pytest.mark.parametrize(("side", "k"), [(6, 3), (7, 5), (2, 3)])
def test_shifted_depthwise_equals_lax(side: int, k: int) -> None:
    x, kernel = _normal(3, side, side + 1, 8, seed=0), _normal(k, k, 8, 1, seed=1)
    slope = _normal(3, side, side + 1, 8, seed=2)
    ours, our_vjp = jax.vjp(convolutions.depthwise_shifted, x, kernel)
    theirs, their_vjp = jax.vjp(convolutions.depthwise_direct, x, kernel)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    for our_gradient, their_gradient in zip(our_vjp(slope), their_vjp(slope), strict=True):
        assert our_gradient.shape == their_gradient.shape
        np.testing.assert_allclose(our_gradient, their_gradient, atol=5e-5)


@pytest.mark.parametrize(("side", "k"), [(6, 3), (7, 5), (2, 3)])
def test_shifted_kernel_gradient_equals_lax(side: int, k: int) -> None:
    x, kernel = _normal(3, side, side + 1, 5, seed=0), _normal(k, k, 5, 4, seed=1)
    slope = _normal(3, side, side + 1, 4, seed=2)

    def direct(x: jax.Array, kernel: jax.Array) -> jax.Array:
        return lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    ours, our_vjp = jax.vjp(convolutions.dense_same, x, kernel)
    theirs, their_vjp = jax.vjp(direct, x, kernel)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    for our_gradient, their_gradient in zip(our_vjp(slope), their_vjp(slope), strict=True):
        assert our_gradient.shape == their_gradient.shape
        np.testing.assert_allclose(our_gradient, their_gradient, atol=5e-5)


@pytest.mark.parametrize(
    ("side", "backend", "shifted"),
    [(56, "cpu", True), (55, "cpu", False), (56, "tpu", False)],
)
def test_large_maps_on_the_cpu_take_shifted_products(
    side: int, backend: str, shifted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    x, kernel = _normal(1, side, side, 2, seed=0), _normal(3, 3, 2, 2, seed=1)
    trace = str(jax.make_jaxpr(lambda x, k: convolutions.convolve(x, k, padding="SAME"))(x, kernel))
    assert ("custom_vjp" in trace) == shifted


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [6, 7])
def test_pointwise_product_equals_lax(side: int, stride: int) -> None:
    x, kernel = _normal(2, side, side, 5, seed=0), _normal(1, 1, 5, 4, seed=1)

    def direct(x: jax.Array, kernel: jax.Array) -> jax.Array:
        return lax.conv_general_dilated(
            x, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    def product(x: jax.Array, kernel: jax.Array) -> jax.Array:
        return convolutions.pointwise_as_product(x, kernel, stride=stride)

    ours, our_vjp = jax.vjp(product, x, kernel)
    theirs, their_vjp = jax.vjp(direct, x, kernel)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    for our_gradient, their_gradient in zip(our_vjp(ours), their_vjp(ours), strict=True):
        np.testing.assert_allclose(our_gradient, their_gradient, atol=1e-4)


def test_accelerators_take_the_direct_form(monkeypatch: pytest.MonkeyPatch) -> None:
    x, kernel = _normal(1, 4, 4, 2, seed=0), _normal(3, 3, 2, 1, seed=1)
    # a function of its own each time: traces are cached by function
    on_cpu = str(jax.make_jaxpr(lambda x, k: convolutions.depthwise(x, k))(x, kernel))
    monkeypatch.setattr(jax, "default_backend", lambda: "tpu")
    on_tpu = str(jax.make_jaxpr(lambda x, k: convolutions.depthwise(x, k))(x, kernel))
    assert "conv_general_dilated" not in on_cpu
    assert "conv_general_dilated" in on_tpu
