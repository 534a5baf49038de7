"""One recipe, two engines: the Keras twin under TensorFlow and Flax under JAX step alike."""

import numpy as np
import pytest

from clarity.detectors.card import InputSpec
from tests.unit.detectors.random_parameters import random_parameters
from tests.unit.train.spmd.conftest import MadeUp
from train import loop
from train.loop import Schedule
from train.recipes import efficientnet_lite0 as recipe
from train.spmd.loop import train
from train.spmd.network import FlaxNetwork

STEPS, RATE = 3, 1e-4


@pytest.mark.parametrize(
    ("side", "placed", "apart"),
    [(32, 0.0, 2e-3), (64, 0.5, 2e-2)],  # a map of one cell has no place to learn
)
def test_both_engines_step_alike(tmp_path, side, placed, apart):
    schedule = Schedule(
        steps=STEPS,
        peak_rate=RATE,
        warmup=2,
        weight_decay=0.1,
        report_every=1,
        save_every=STEPS,
        placed=placed,
    )
    spec = InputSpec(size=side, mean=recipe.NETWORK.mean, std=recipe.NETWORK.std)
    twin = recipe.NETWORK.build(side)
    shapes = {name: value.shape for name, value in recipe.NETWORK.parameters(twin).items()}
    start = random_parameters(shapes)  # slopes are next to nothing at Keras' own initial values
    recipe.NETWORK.load_parameters(twin, start)
    keras_figures, jax_figures = [], []
    loop.train(
        twin,
        MadeUp(8, side),
        schedule,
        spec=spec,
        folder=tmp_path / "keras",
        report=keras_figures.append,
    )
    result = train(
        FlaxNetwork(recipe.NETWORK.detector),
        start,
        MadeUp(8, side),
        schedule,
        spec=spec,
        folder=tmp_path / "jax",
        report=jax_figures.append,
    )
    for name in ("loss", "placed"):
        mine, twins = ([step[name] for step in each] for each in (jax_figures, keras_figures))
        np.testing.assert_allclose(mine[0], twins[0], rtol=1e-4)
        # from the second step on they stand on parameters that rounding has moved apart
        np.testing.assert_allclose(mine, twins, rtol=apart)
    moved, between = [], []
    for name, value in recipe.NETWORK.parameters(twin).items():
        moved.append(np.abs(value - start[name]).ravel())
        between.append(np.abs(value - result[name]).ravel())
    # Adam divides by the slope's size: where that is nearly nothing, rounding decides the sign
    assert np.concatenate(between).mean() < 0.1 * np.concatenate(moved).mean()
