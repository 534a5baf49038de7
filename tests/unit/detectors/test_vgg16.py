"""VGG-16: the Flax network against its Keras twin, and ImageNet's weights from a pickle."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flax import nnx

from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.architectures import vgg16_keras as twin_module
from clarity.detectors.architectures.vgg16 import VGG16
from clarity.detectors.parameters import Parameters
from tests.unit.detectors.conftest import CARD
from tests.unit.detectors.parity import assert_parity
from tests.unit.detectors.random_parameters import random_parameters
from train.export import Precision, export_release
from train.initial import vgg16 as initial


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    abstract = nnx.eval_shape(lambda: VGG16(rngs=nnx.Rngs(0)))
    return random_parameters(flax_parameters.shapes(abstract))


@pytest.mark.parametrize("size", [56, 72])
def test_parity(parameters: Parameters, size: int) -> None:
    """At 72 pixels the pools meet a map of odd side; both sizes take the form for large maps."""
    _, maps, _ = assert_parity(VGG16, twin_module, parameters, size)
    assert maps.shape == (3, size // 16, size // 16)


@pytest.mark.parametrize(
    ("precision", "megabytes", "tolerance"),
    [("fp32", 59.5, 1e-3), ("bf16", 30, 0.05), ("int8", 15.5, 0.3)],
)
def test_release(
    precision: Precision,
    megabytes: float,
    tolerance: float,
    parameters: Parameters,
    crops: np.ndarray,
    tmp_path: Path,
) -> None:
    """Every precision is exported, is as small as the package needs, and says what Flax says."""
    card = {**CARD, "name": "vgg16", "input": {"size": 32, "mean": 116.0, "std": 58.0}}
    folder = export_release(
        parameters, card, tmp_path / "r", precision=precision, calibration_crops=crops[:2]
    )
    assert (folder / "model.bin").stat().st_size < megabytes * 1e6
    served = registry.load_folder(folder, runtime="openvino").predict(crops)
    exact = registry.load_folder(folder, runtime="jax").predict(crops)
    assert served.maps.shape == (5, 2, 2)
    spread = np.ptp(exact.logits)
    assert np.abs(served.logits - exact.logits).max() < tolerance * spread


def _pickled(folder: Path, parameters: Parameters) -> Path:
    """The weights' file as its package has it: NumPy arrays under the names of Flax's modules."""
    names = [name.removesuffix(".kernel") for name in sorted(parameters) if ".kernel" in name]
    layers = {
        f"Conv_{number}": {
            "kernel": parameters[f"{name}.kernel"],
            "bias": parameters[f"{name}.bias"],
        }
        for number, name in enumerate(name for name in names if name != "head")
    }
    path = folder / "vgg16.ckpt"
    # arrays were pickled under NumPy 1's module names
    path.write_bytes(
        pickle.dumps({"VGG16_0": layers}, protocol=3).replace(b"numpy._core", b"numpy.core")
    )
    return path


def test_imagenet_weights_see_the_same_picture(parameters: Parameters, tmp_path: Path) -> None:
    """The first convolution takes our input, and gives what it gave on ImageNet's."""
    _pickled(tmp_path, parameters)
    model = twin_module.build(32)
    initial.load_imagenet(model, tmp_path)
    loaded = twin_module.parameters(model)
    pixels = np.random.default_rng(1).integers(0, 256, (3, 3, 3)).astype(np.float64)
    on_imagenet = (pixels - initial.IMAGENET_MEAN) / initial.IMAGENET_STD
    ours = (pixels - twin_module.MEAN) / twin_module.STD
    first = "block1_conv1"
    expected = np.einsum("hwi,hwio->o", on_imagenet, parameters[f"{first}.kernel"])
    found = np.einsum("hwi,hwio->o", ours, loaded[f"{first}.kernel"])
    np.testing.assert_allclose(
        found + loaded[f"{first}.bias"], expected + parameters[f"{first}.bias"], atol=1e-4
    )
    for name in loaded.keys() - {f"{first}.kernel", f"{first}.bias", "head.kernel", "head.bias"}:
        np.testing.assert_array_equal(loaded[name], parameters[name], err_msg=name)


class _Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("touched"),))


@pytest.mark.parametrize("inside", [_Hostile(), {"VGG16_0": {"Conv_0": {"kernel": _Hostile()}}}])
def test_a_hostile_pickle_runs_nothing(
    inside: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "vgg16.ckpt"
    path.write_bytes(pickle.dumps(inside))
    with pytest.raises(pickle.UnpicklingError, match="no place among arrays"):
        initial.read_weights(path)
    assert not (tmp_path / "touched").exists()
    pickle.loads(path.read_bytes())  # the file is indeed hostile
    assert (tmp_path / "touched").exists()
