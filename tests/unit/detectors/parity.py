"""A Flax network against its Keras twin on the same made-up pictures."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from flax import nnx

from clarity.detectors.architectures import flax_parameters
from clarity.detectors.parameters import Parameters

TOLERANCE = 1e-4


def assert_parity(
    network: Callable[..., Any], twin_module: ModuleType, parameters: Parameters, size: int
) -> list[np.ndarray]:
    """Logits, maps and last features agree, and parameters come back as they went in.

    Returns:
        The Flax network's logits, maps and last features.
    """
    import keras

    images = np.random.default_rng(0).uniform(-1, 1, (3, size, size, 3)).astype(np.float32)
    twin: Any = twin_module.build(size)
    twin_module.load_parameters(twin, parameters)
    with_features = keras.Model(twin.input, [*twin.outputs, twin.get_layer("head").input])
    theirs = [np.asarray(value) for value in with_features(images, training=False)]
    model = flax_parameters.restore(network, parameters)
    run = nnx.jit(lambda model, x: (*model(x), model.features(x)))
    ours = [np.asarray(value) for value in run(model, images)]
    assert np.ptp(theirs[0]) > 1e-3, "the test's weights let no signal through"
    for name, mine, other in zip(("logits", "maps", "features"), ours, theirs, strict=True):
        assert np.abs(mine - other).max() <= TOLERANCE, name
    rebuilt = ours[1].mean(axis=(1, 2)) + parameters["head.bias"]
    np.testing.assert_allclose(rebuilt, ours[0], atol=1e-5)
    assert all((parameters[n] == v).all() for n, v in twin_module.parameters(twin).items())
    return ours
