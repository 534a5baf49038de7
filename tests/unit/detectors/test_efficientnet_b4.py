"""EfficientNet-B4: the Flax network against its Keras twin, with equal random weights."""

import math
from typing import Any

import numpy as np
import pytest
from flax import nnx

from clarity.detectors.architectures import efficientnet_b4_keras as twin_module
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.architectures.efficientnet_b4 import EfficientNetB4
from clarity.detectors.parameters import Parameters
from tests.unit.detectors.random_parameters import random_parameters, settled
from train.recipes import efficientnet_b4 as recipe

SIZE = 80
"""The later maps have odd sides, where "same" pads differently."""

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (3, SIZE, SIZE, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def drawn() -> Parameters:
    abstract = nnx.eval_shape(lambda: EfficientNetB4(rngs=nnx.Rngs(0)))
    return random_parameters(flax_parameters.shapes(abstract))


@pytest.fixture(scope="module")
def parameters(drawn: Parameters, images: np.ndarray) -> Parameters:
    return settled(EfficientNetB4, drawn, images)


@pytest.fixture(scope="module")
def twin() -> Any:
    return twin_module.build(SIZE)


def test_parity(parameters: Parameters, twin: Any, images: np.ndarray) -> None:
    import keras

    twin_module.load_parameters(twin, parameters)
    assert all((parameters[n] == v).all() for n, v in twin_module.parameters(twin).items())
    with_features = keras.Model(twin.input, [*twin.outputs, twin.get_layer("head").input])
    theirs = [np.asarray(value) for value in with_features(images, training=False)]
    model = flax_parameters.restore(EfficientNetB4, parameters)
    run = nnx.jit(lambda model, x: (*model(x), model.features(x)))
    ours = [np.asarray(value) for value in run(model, images)]
    assert np.ptp(theirs[0]) > 1e-2, "the test's weights let no signal through"
    assert np.abs(ours[0] - theirs[0]).max() <= TOLERANCE
    assert np.abs(ours[1] - theirs[1]).max() <= TOLERANCE * np.ptp(theirs[1])
    # the head averages 1,792 features, whose rounding thirty-two blocks have carried on
    assert np.abs(ours[2] - theirs[2]).max() <= 1e-3 * np.ptp(theirs[2])
    rebuilt = ours[1].mean(axis=(1, 2)) + parameters["head.bias"]
    np.testing.assert_allclose(rebuilt, ours[0], atol=1e-5)


def test_parity_of_a_training_step(
    drawn: Parameters, parameters: Parameters, twin: Any, images: np.ndarray
) -> None:
    """Batch statistics are used, the running ones move alike, and no branch is dropped."""
    twin_module.load_parameters(twin, drawn)
    twin(images, training=True)
    after = twin_module.parameters(twin)
    statistics = {name for name in drawn if name.endswith((".mean", ".var"))}
    for name, value in drawn.items():
        # the Flax network took the batch's statistics whole, Keras a hundredth of them
        expected = 0.99 * value + 0.01 * parameters[name] if name in statistics else value
        np.testing.assert_allclose(after[name], expected, atol=1e-4, rtol=1e-3, err_msg=name)


def test_normalised_input_shows_the_same_picture() -> None:
    """What Keras' own layers did to pixels, the first convolution does after the change."""
    import keras

    # the smallest of the family: it has the same layers up to there
    whole: Any = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    normalise = next(n for n in whole.layers if isinstance(n, keras.layers.Normalization))
    normalise.mean = np.array([0.48, 0.45, 0.4])
    normalise.variance = np.array([0.05, 0.04, 0.06])
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    stem = keras.Model(whole.input, whole.get_layer("stem_bn").output)
    before = np.asarray(stem(pixels, training=False))
    twin_module.take_normalised_input(whole)
    cut = twin_module.without_normalisation(whole)
    after = keras.Model(cut.input, cut.get_layer("stem_bn").output)
    normalised = (pixels - twin_module.MEAN) / twin_module.STD
    found = np.asarray(after(normalised, training=False))
    assert before.std() > 0.1
    np.testing.assert_allclose(found[:, :-1, :-1], before[:, :-1, :-1], atol=1e-4)


def test_hints_are_taken_at_the_teachers_strides(twin: Any) -> None:
    import keras

    hints = [twin.get_layer(name).input for name in recipe.NETWORK.hints_at]
    keras.Model(twin.input, hints)  # raises where the graph does not lead there
    sides = [hint.shape[1] for hint in hints]
    assert sides == [math.ceil(SIZE / stride) for stride in (4, 8, 16, 32)]
