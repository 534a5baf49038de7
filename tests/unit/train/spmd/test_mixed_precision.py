"""A step in bfloat16 of every network, in the form that accelerators run: traced, not compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from clarity.detectors import registry
from clarity.detectors.architectures import convolutions
from clarity.detectors.card import InputSpec
from train.batches import PLACES
from train.loop import Schedule
from train.spmd.devices import Fed
from train.spmd.network import FlaxNetwork
from train.spmd.step import TrainingStep, make_optimizer

SPEC = InputSpec(size=96, mean=127.5, std=127.5)
SCHEDULE = Schedule(steps=9, peak_rate=1e-3, warmup=1, accumulate=2)


def described(shapes):
    return {name: jax.ShapeDtypeStruct(shape, np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize("detector", registry.ARCHITECTURES)
def test_the_state_stays_in_float32(detector, monkeypatch):
    monkeypatch.setattr(convolutions, "_on_cpu", lambda: False)
    network = FlaxNetwork(detector)
    step = TrainingStep(network, make_optimizer(SCHEDULE), SCHEDULE, SPEC, dtype=jnp.bfloat16)
    state = jax.eval_shape(step.first, described(network.trained), described(network.statistics))
    fed = Fed(
        jax.ShapeDtypeStruct((2, 4, 96, 96, 3), np.uint8),
        jax.ShapeDtypeStruct((2, 4), np.float32),
        jax.ShapeDtypeStruct((2, 4, PLACES, PLACES), np.float32),
    )
    after, figures = jax.eval_shape(step, state, {}, fed)
    assert jax.tree.map(lambda x: (x.shape, x.dtype), after) == jax.tree.map(
        lambda x: (x.shape, x.dtype), state
    )
    assert (figures.shape, figures.dtype) == ((5,), np.float32)


@pytest.mark.parametrize("detector", registry.ARCHITECTURES)
def test_products_are_in_bfloat16(detector, monkeypatch):
    """All convolutions of the forward pass take and give bfloat16."""
    monkeypatch.setattr(convolutions, "_on_cpu", lambda: False)
    network = FlaxNetwork(detector)
    images = jax.ShapeDtypeStruct((2, 96, 96, 3), np.float32)
    traced = jax.make_jaxpr(
        lambda t, s, x: network(t, s, x, training=True, dtype=jnp.bfloat16).logits
    )(described(network.trained), described(network.statistics), images)
    products = [e for e in traced.eqns if e.primitive.name == "conv_general_dilated"]
    assert len(products) > 10
    sides = [side for product in products for side in (*product.invars, *product.outvars)]
    assert {side.aval.dtype for side in sides} == {np.dtype(jnp.bfloat16)}
