"""EfficientNet-Lite0: the Flax network against its Keras twin, with equal random weights."""

from typing import Any

import numpy as np
import pytest
from flax import nnx

from clarity.detectors.architectures import efficientnet_lite0_keras as twin_module
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.architectures.efficientnet_lite0 import EfficientNetLite0
from clarity.detectors.parameters import Parameters
from tests.unit.detectors.random_parameters import random_parameters

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    abstract = nnx.eval_shape(lambda: EfficientNetLite0(rngs=nnx.Rngs(0)))
    return random_parameters(flax_parameters.shapes(abstract))


@pytest.mark.parametrize("size", [64, 80])
def test_parity(parameters: Parameters, size: int) -> None:
    """At 80 pixels the later maps have odd sides, where "same" pads differently."""
    import keras

    images = np.random.default_rng(0).uniform(-1, 1, (3, size, size, 3)).astype(np.float32)
    twin: Any = twin_module.build(size)
    twin_module.load_parameters(twin, parameters)
    with_features = keras.Model(twin.input, [*twin.outputs, twin.get_layer("head").input])
    theirs = [np.asarray(value) for value in with_features(images, training=False)]
    model = flax_parameters.restore(EfficientNetLite0, parameters)
    run = nnx.jit(lambda model, x: (*model(x), model.features(x)))
    ours = [np.asarray(value) for value in run(model, images)]
    assert np.ptp(theirs[0]) > 1e-3, "the test's weights let no signal through"
    for name, mine, other in zip(("logits", "maps", "features"), ours, theirs, strict=True):
        assert np.abs(mine - other).max() <= TOLERANCE, name
    rebuilt = ours[1].mean(axis=(1, 2)) + parameters["head.bias"]
    np.testing.assert_allclose(rebuilt, ours[0], atol=1e-5)
    assert all((parameters[n] == v).all() for n, v in twin_module.parameters(twin).items())
