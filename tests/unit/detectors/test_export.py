"""What `train.export` writes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clarity.detectors import artefact, parameters
from clarity.detectors.parameters import ParameterMismatch, Parameters
from tests.unit.detectors.conftest import CARD, SIZE
from train.export import CalibrationMissing, Precision, export_release, fastest_acceptable

Releases = Callable[[Precision], Path]


@pytest.mark.parametrize(("precision", "megabytes"), [("fp32", 84), ("bf16", 42), ("int8", 22)])
def test_release_folder(precision: Precision, megabytes: int, release: Releases) -> None:
    opened = artefact.read(release(precision))
    assert opened.card.precision == precision
    names = {path.name for path in opened.folder.iterdir()}
    assert names == {"card.json", "model.xml", "model.bin", "parameters.safetensors"}
    opened.verified("model.xml", "model.bin", "parameters.safetensors")
    assert (opened.folder / "model.bin").stat().st_size < megabytes * 1e6


def test_batch_is_dynamic_and_outputs_are_named(release: Releases, crops: np.ndarray) -> None:
    import openvino

    model = openvino.Core().read_model(release("fp32") / "model.xml")
    assert model.input().partial_shape == openvino.PartialShape([-1, SIZE, SIZE, 3])
    assert {name for output in model.outputs for name in output.names} >= {"logit", "map"}
    images = np.zeros((2, SIZE, SIZE, 3), np.float32)
    result = openvino.compile_model(model, "CPU")(images)
    assert result["logit"].shape == (2,)
    assert result["map"].shape == (2, 3, 3)


def test_parameters_survive(release: Releases, values: Parameters) -> None:
    stored = parameters.read(release("int8") / "parameters.safetensors")
    assert set(stored) == set(values)
    for name, value in values.items():
        np.testing.assert_allclose(stored[name], value, rtol=1e-3, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("crops", [None, np.zeros((0, 224, 224, 3), np.uint8)])
def test_int8_needs_faces(crops: np.ndarray | None, values: Parameters, tmp_path: Path) -> None:
    with pytest.raises(CalibrationMissing):
        export_release(values, CARD, tmp_path / "r", precision="int8", calibration_crops=crops)


def test_foreign_parameters_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ParameterMismatch):
        export_release({"x.kernel": np.zeros((1, 1))}, CARD, tmp_path / "r", precision="fp32")
    assert list(tmp_path.iterdir()) == []


def test_fastest_acceptable() -> None:
    milliseconds = {"fp32": 50.0, "bf16": 25.0, "int8": 15.0}
    auc = {"fp32": 0.9, "bf16": 0.8995, "int8": 0.896}
    assert fastest_acceptable(auc, milliseconds) == "int8"
    assert fastest_acceptable(auc | {"int8": 0.894}, milliseconds) == "bf16"
    assert fastest_acceptable(auc | {"int8": 0.894, "bf16": 0.89}, milliseconds) == "fp32"
    alike = {"fp32": 9.5, "bf16": 10.0, "int8": 11.0}  # no bfloat16 in the processor
    assert fastest_acceptable(auc, alike) == "bf16"
    assert fastest_acceptable(auc, alike | {"fp32": 8.0}) == "fp32"
