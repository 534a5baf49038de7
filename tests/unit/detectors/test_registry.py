"""Everything that is true of every detector, and of every release in the package."""

import json
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import jax
import numpy as np
import pytest
from flax import nnx

from clarity.detectors import artefact, registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.contract import CROP_SIZE
from clarity.detectors.self_test import self_test
from tests.releases import write_release
from tests.unit.detectors.conftest import SIZE
from tests.unit.detectors.random_parameters import random_parameters
from train.export import Precision


@pytest.fixture
def hasty() -> Iterator[None]:
    """XLA spends far longer on making these programs fast than they run."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("name", registry.ARCHITECTURES)
def test_every_parameter_has_a_gradient(name: str) -> None:
    cls = registry.network(name)
    shapes = flax_parameters.shapes(nnx.eval_shape(lambda: cls(rngs=nnx.Rngs(0))))
    model = flax_parameters.restore(cls, random_parameters(shapes))
    model.train()
    images = np.random.default_rng(0).uniform(-1, 1, (2, SIZE, SIZE, 3)).astype(np.float32)

    def loss(model: nnx.Module) -> jax.Array:
        logits, _ = model(images)
        return logits @ np.array([1.0, -2.0], np.float32)

    value, gradients = nnx.jit(nnx.value_and_grad(loss))(model)
    assert np.isfinite(value)
    for path, gradient in nnx.to_flat_state(gradients):
        array = np.asarray(gradient[...])
        assert np.isfinite(array).all(), path
        assert np.abs(array).max() > 0, path


@pytest.mark.parametrize("name", registry.ARCHITECTURES)
def test_twin_keeps_the_interface(name: str) -> None:
    twin = registry.twin(name)
    assert {"build", "parameters", "load_parameters"} <= set(vars(twin))
    module, _, cls = registry.entry(name).network.partition(":")
    assert isinstance(getattr(import_module(module), cls), type)


def test_detectors_name_architectures() -> None:
    """Each has a generalist of its own name, and several detectors may share one."""
    assert set(registry.DETECTORS.values()) == set(registry.ARCHITECTURES)
    assert all(registry.DETECTORS[name] == name for name in registry.ARCHITECTURES)
    assert registry.entry("face_swap") is registry.entry("attribute")
    assert registry.twin("lip_sync") is registry.twin("reenactment")


def test_detectors_of_one_architecture_keep_their_releases_apart(tmp_path: Path) -> None:
    for name, gain in (("face_swap", 1.0), ("attribute", -2.0)):
        write_release(tmp_path, "r1", name=name, gain=gain, deploy=True)
    assert registry.deployed(tmp_path) == ("face_swap", "attribute")
    crops = np.full((1, CROP_SIZE, CROP_SIZE, 3), 255, np.uint8)
    logits = {
        name: registry.load(name, root=tmp_path).predict(crops).logits[0]
        for name in registry.deployed(tmp_path)
    }
    assert logits["attribute"] == pytest.approx(-2 * logits["face_swap"])
    assert registry.card("attribute", root=tmp_path).name == "attribute"


def test_deployed_releases_are_complete() -> None:
    """What travels in the package is verified, described, measured and runs."""
    for name in registry.deployed():
        _check_deployed(name)


def _check_deployed(name: str) -> None:
    card = registry.card(name)
    release = artefact.read(registry.release_folder(name))
    assert card.name == name
    assert card.release == release.folder.name
    assert card.calibration.fitted_on != "nothing"
    assert {"overall.auc", "overall.ece", "overall.false_fake_rate"} <= set(card.figures)
    assert card.training_data
    assert card.limits
    assert {"model.xml", "model.bin", "data", "code", "settings"} <= set(card.digests)
    crops = np.random.default_rng(0).integers(0, 256, (2, CROP_SIZE, CROP_SIZE, 3), dtype=np.uint8)
    prediction = registry.load(name, runtime="openvino").predict(crops)
    assert np.isfinite(prediction.logits).all()
    assert np.isfinite(prediction.maps).all()


def test_detectors_of_motion_are_found_and_kept_apart_from_those_of_faces() -> None:
    assert not set(registry.MOTION_DETECTORS) & set(registry.names())
    assert set(registry.deployed_of_motion()) <= set(registry.MOTION_DETECTORS)
    for name in registry.deployed_of_motion():
        detector = registry.load(name, runtime="openvino")
        assert detector.card.sees == "motion"
        assert detector.card.limits
        assert {"model.xml", "model.bin", "data", "code", "settings"} <= set(detector.card.digests)
        self_test(detector)


def test_package_data_stays_small() -> None:
    size = sum(path.stat().st_size for path in registry.RELEASES.rglob("*") if path.is_file())
    assert size <= 150e6


def test_load_by_deployed_and_by_name(release: Callable[[Precision], Path], tmp_path: Path) -> None:
    folder = tmp_path / "xception"
    folder.mkdir()
    (folder / "first").symlink_to(release("fp32"))
    (folder / "second").symlink_to(release("int8"))
    (tmp_path / "deployed.json").write_text(json.dumps({"xception": "second"}))
    assert registry.card("xception", root=tmp_path).precision == "int8"
    assert registry.card("xception", "first", root=tmp_path).precision == "fp32"
    assert registry.load("xception", root=tmp_path).card.precision == "int8"
    assert registry.load("xception", release="first", root=tmp_path).card.precision == "fp32"


def test_unknown_names_have_hints(release: Callable[[Precision], Path], tmp_path: Path) -> None:
    with pytest.raises(registry.UnknownDetector, match="resnet") as unknown:
        registry.load("resnet")
    assert "xception" in unknown.value.hint
    with pytest.raises(artefact.ReleaseMissing, match="deployed"):
        registry.load("xception", root=tmp_path)
    with pytest.raises(artefact.ReleaseMissing):
        registry.load("xception", release="../../etc", root=tmp_path)
    with pytest.raises(registry.UnknownRuntime):
        registry.load_folder(release("fp32"), runtime="onnx")  # type: ignore[arg-type]


@pytest.mark.parametrize("runtime", ["openvino", "jax"])
def test_tampered_release_is_not_loaded(
    runtime: registry.Runtime, release: Callable[[Precision], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(release("int8"), tmp_path / "copy")
    name = {"openvino": "model.bin", "jax": "parameters.safetensors"}[runtime]
    with (folder / name).open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    with pytest.raises(artefact.ReleaseDamaged, match=name):
        registry.load_folder(folder, runtime=runtime)
