"""The Flax port against its Keras twin, with equal random weights."""

from typing import Any

import numpy as np
import pytest
from flax import nnx

from clarity.detectors.architectures import flax_parameters, keras_twin, xception_keras
from clarity.detectors.architectures.xception import Xception
from clarity.detectors.parameters import ParameterMismatch, Parameters
from tests.unit.detectors.conftest import SIZE

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (3, SIZE, SIZE, 3)).astype(np.float32)


@pytest.fixture
def flax_model(values: Parameters) -> Xception:
    return flax_parameters.restore(Xception, values)


@pytest.fixture(scope="module")
def fresh_twin() -> Any:
    return xception_keras.build(SIZE)


@pytest.fixture
def twin(fresh_twin: Any, values: Parameters) -> Any:
    xception_keras.load_parameters(fresh_twin, values)
    return fresh_twin


def test_parity_in_evaluation(
    flax_model: Xception, twin: Any, values: Parameters, images: np.ndarray
) -> None:
    import keras

    with_features = keras.Model(twin.input, [*twin.outputs, twin.layers[-2].output])
    logits, maps, features = map(np.asarray, with_features(images, training=False))
    run = nnx.jit(lambda model, x: (*model(x), model.features(x)))
    ours = list(map(np.asarray, run(flax_model, images)))
    assert logits.shape == (3,)
    assert maps.shape == (3, 3, 3)
    assert np.ptp(logits) > 1e-2, "the test's weights let no signal through"
    assert features.std() > 1e-2
    for name, ours_one, theirs in zip(
        ("logits", "maps", "features"), ours, (logits, maps, features), strict=True
    ):
        assert np.abs(ours_one - theirs).max() <= TOLERANCE, name
    rebuilt = ours[1].mean(axis=(1, 2)) + values["head.bias"]
    np.testing.assert_allclose(rebuilt, ours[0], atol=1e-6)


def test_parity_of_a_training_step(flax_model: Xception, twin: Any, images: np.ndarray) -> None:
    """Batch statistics are used, and the running ones move alike."""
    flax_model.train()
    before = flax_parameters.parameters(flax_model)
    logits, _ = nnx.jit(lambda model, x: model(x))(flax_model, images)
    theirs, _ = twin(images, training=True)
    assert np.abs(np.asarray(logits) - np.asarray(theirs)).max() <= TOLERANCE
    ours, keras_after = flax_parameters.parameters(flax_model), xception_keras.parameters(twin)
    moved = {name for name in ours if not np.array_equal(ours[name], before[name])}
    assert moved == {name for name in ours if name.endswith((".mean", ".var"))}
    for name in moved:
        np.testing.assert_allclose(ours[name], keras_after[name], atol=1e-4, rtol=1e-4)


def test_mapping_round_trip(fresh_twin: Any, values: Parameters) -> None:
    """Keras -> Flax -> Keras and Flax -> Keras -> Flax, bit for bit."""
    xception_keras.load_parameters(fresh_twin, values)
    from_keras = xception_keras.parameters(fresh_twin)
    there = flax_parameters.parameters(flax_parameters.restore(Xception, from_keras))
    xception_keras.load_parameters(fresh_twin, there)
    back = xception_keras.parameters(fresh_twin)
    assert set(back) == set(values)
    for name, value in values.items():
        np.testing.assert_array_equal(there[name], value, err_msg=name)
        np.testing.assert_array_equal(back[name], value, err_msg=name)


@pytest.mark.parametrize("framework", ["flax", "keras"])
def test_mismatches_are_gathered(
    framework: str, fresh_twin: Any, flax_model: Xception, values: Parameters
) -> None:
    wrong = dict(values)
    del wrong["head.bias"]
    wrong["block99.kernel"] = np.zeros(3, np.float32)
    wrong["block4_residual.kernel"] = np.zeros((1, 1, 728, 256), np.float32)
    wrong["block1_conv1.kernel"] = np.full((3, 3, 3, 32), 7.0, np.float32)
    load, read, model = {
        "flax": (flax_parameters.load_parameters, flax_parameters.parameters, flax_model),
        "keras": (xception_keras.load_parameters, xception_keras.parameters, fresh_twin),
    }[framework]
    with pytest.raises(ParameterMismatch) as caught:
        load(model, wrong)
    for name in ("head.bias", "block99.kernel", "block4_residual.kernel"):
        assert name in caught.value.message
    assert "block1_conv1.kernel" not in caught.value.message
    assert not (read(model)["block1_conv1.kernel"] == 7.0).all(), "assigned in spite of the error"


def test_head_stays_float32_under_a_mixed_policy(images: np.ndarray) -> None:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        twin = xception_keras.build(SIZE)
    finally:
        keras.config.set_dtype_policy(before)
    assert twin.layers[-2].compute_dtype == "bfloat16"
    assert [output.dtype for output in twin.outputs] == ["float32", "float32"]


def test_unreachable_imagenet_weights_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    def refuse(**_: object) -> None:
        raise Exception("URL fetch failure on https://storage.googleapis.com/")

    monkeypatch.setattr(keras.applications, "Xception", refuse)
    with pytest.raises(keras_twin.WeightsUnavailable) as caught:
        xception_keras.build(SIZE, weights="imagenet")
    assert "~/.keras/models" in caught.value.hint


def test_other_failures_are_not_hidden() -> None:
    with pytest.raises(ValueError, match="at least 71"):
        xception_keras.build(32)


def test_importing_the_twin_does_not_import_tensorflow() -> None:
    import subprocess
    import sys

    code = (
        "import sys; import clarity.detectors.architectures.xception_keras, "
        "clarity.detectors.registry, clarity.detectors.runtimes.openvino, "
        "clarity.detectors.runtimes.jax; "
        "print([m for m in ('tensorflow', 'keras', 'jax', 'flax', 'openvino') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
