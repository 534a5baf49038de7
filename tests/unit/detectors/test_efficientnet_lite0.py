"""EfficientNet-Lite0: the Flax network against its Keras twin, with equal random weights."""

import pytest
from flax import nnx

from clarity.detectors.architectures import efficientnet_lite0_keras as twin_module
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.architectures.efficientnet_lite0 import EfficientNetLite0
from clarity.detectors.parameters import Parameters
from tests.unit.detectors.parity import assert_parity
from tests.unit.detectors.random_parameters import random_parameters


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    abstract = nnx.eval_shape(lambda: EfficientNetLite0(rngs=nnx.Rngs(0)))
    return random_parameters(flax_parameters.shapes(abstract))


@pytest.mark.parametrize("size", [64, 80])
def test_parity(parameters: Parameters, size: int) -> None:
    """At 80 pixels the later maps have odd sides, where "same" pads differently."""
    assert_parity(EfficientNetLite0, twin_module, parameters, size)
