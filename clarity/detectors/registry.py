"""The detectors of Clarity by name. Adding one is a line here and a release folder.

A detector is a task with an architecture; several detectors may share one. It keeps its
architecture for life, because its old releases must go on loading: docs/decisions/0012.

    detector = registry.load("xception")
    prediction = detector.predict(crops)
    index = detector.card.calibration.probabilities(prediction.logits)

Releases lie at `releases/<name>/<release>/`; `releases/deployed.json` says which one is used.
"""

import json
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from clarity.detectors import artefact
from clarity.detectors.artefact import PARAMETERS_FILE, Release, ReleaseMissing
from clarity.detectors.card import Card
from clarity.detectors.contract import Detector
from clarity.detectors.transformed import Transformed
from clarity.detectors.views import Views
from clarity.errors import ClarityError

Runtime = Literal["auto", "openvino", "jax"]

RELEASES = Path(__file__).parent / "releases"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an architecture lives, imported when it is needed.

    Attributes:
        network: "module:Class" of the Flax network, called with `rngs`.
        twin: module of its Keras twin (`build`, `parameters`, `load_parameters`).
    """

    network: str
    twin: str


ARCHITECTURES = {
    "efficientnet_lite0": Entry(
        network="clarity.detectors.architectures.efficientnet_lite0:EfficientNetLite0",
        twin="clarity.detectors.architectures.efficientnet_lite0_keras",
    ),
    "vgg16": Entry(
        network="clarity.detectors.architectures.vgg16:VGG16",
        twin="clarity.detectors.architectures.vgg16_keras",
    ),
    "efficientnet_b4": Entry(
        network="clarity.detectors.architectures.efficientnet_b4:EfficientNetB4",
        twin="clarity.detectors.architectures.efficientnet_b4_keras",
    ),
    "xception": Entry(
        network="clarity.detectors.architectures.xception:Xception",
        twin="clarity.detectors.architectures.xception_keras",
    ),
}
"""Networks by name."""

DETECTORS = {
    # generalists, named as their networks
    "efficientnet_lite0": "efficientnet_lite0",
    "vgg16": "vgg16",
    "efficientnet_b4": "efficientnet_b4",
    "xception": "xception",
    # specialists, named as the manipulations that they are trained on: docs/decisions/0017
    "face_swap": "efficientnet_lite0",
    "synthesis": "efficientnet_lite0",
    "lip_sync": "efficientnet_lite0",
    "reenactment": "efficientnet_lite0",
    "attribute": "efficientnet_lite0",
}
"""Detectors, in the order of the ensemble, and the architecture of each."""

MOTION_DETECTORS = {
    "timing": Entry(
        network="clarity.detectors.architectures.timing:Timing",
        twin="clarity.detectors.architectures.timing_keras",
    ),
}
"""Detectors that judge how a face moves, not its crops: `Card.sees` is "motion". They are
loaded, served and promoted as the others are."""


class UnknownDetector(ClarityError):
    """No detector of that name."""

    status = 404
    code = "unknown-detector"
    hint = f"Known detectors: {', '.join((*DETECTORS, *MOTION_DETECTORS))}."


class UnknownRuntime(ClarityError):
    """No runtime of that name."""

    status = 400
    code = "unknown-runtime"
    hint = "Choose auto, openvino or jax."


def names() -> tuple[str, ...]:
    """Names of all detectors of faces, in the order of the ensemble."""
    return tuple(DETECTORS)


def deployed(root: Path = RELEASES) -> tuple[str, ...]:
    """Names of the detectors of faces with a deployed release, in the order of the ensemble.

    Raises:
        ReleaseMissing: there is none.
    """
    found = tuple(name for name in DETECTORS if name in _deployments(root))
    if not found:
        raise ReleaseMissing("No detector is deployed.")
    return found


def deployed_of_motion(root: Path = RELEASES) -> tuple[str, ...]:
    """Names of the detectors of motion with a deployed release; often none."""
    return tuple(name for name in MOTION_DETECTORS if name in _deployments(root))


def entry(name: str) -> Entry:
    """Architecture of a detector.

    Raises:
        UnknownDetector: no such name.
    """
    if name in MOTION_DETECTORS:
        return MOTION_DETECTORS[name]
    if name not in DETECTORS:
        raise UnknownDetector(f"There is no detector called {name!r}.")
    return ARCHITECTURES[DETECTORS[name]]


def network(name: str) -> Any:
    """The Flax class of a detector; imports JAX."""
    module, _, cls = entry(name).network.partition(":")
    return getattr(import_module(module), cls)


def twin(name: str) -> Any:
    """The module of a detector's Keras twin."""
    return import_module(entry(name).twin)


def release_folder(name: str, release: str | None = None, *, root: Path = RELEASES) -> Path:
    """Folder of a release, by default the deployed one.

    Raises:
        UnknownDetector: no such name.
        ReleaseMissing: no release of it is deployed.
    """
    entry(name)
    return root / name / (release or _deployed(root, name))


def card(name: str, release: str | None = None, *, root: Path = RELEASES) -> Card:
    """Card of a release, by default the deployed one, without loading it.

    Raises:
        UnknownDetector, ReleaseMissing, ReleaseDamaged: as they say.
    """
    return artefact.read(release_folder(name, release, root=root)).card


def load(
    name: str, *, runtime: Runtime = "auto", release: str | None = None, root: Path = RELEASES
) -> Detector:
    """A detector ready to run.

    Args:
        name: one of `names()`.
        runtime: "openvino" on the CPU, "jax" on an accelerator, "auto" by what is there.
        release: a release's name; by default the deployed one.
        root: folder of all releases.

    Raises:
        UnknownDetector, UnknownRuntime, ReleaseMissing, ReleaseDamaged: as they say.
    """
    return load_folder(release_folder(name, release, root=root), runtime=runtime)


def load_folder(folder: Path, *, runtime: Runtime = "auto") -> Detector:
    """A detector from a release folder anywhere, such as a candidate for promotion."""
    release = artefact.read(folder)
    detector, spec = _start(release, runtime), release.card.input
    if spec.mirrored or spec.framings != (1.0,):
        detector = Views(detector)
    # outermost: all views of a crop are views of what the transformation left of it
    return Transformed(detector, spec.transformation) if spec.transformation else detector


def _start(release: Release, runtime: Runtime) -> Detector:
    where = entry(release.card.name)
    if runtime == "auto":
        runtime = _fastest(release)
    if runtime == "openvino":
        from clarity.detectors.runtimes.openvino import OpenVinoDetector

        return OpenVinoDetector(release)
    if runtime == "jax":
        from clarity.detectors.runtimes.jax import JaxDetector

        return JaxDetector(release, network=where.network)
    raise UnknownRuntime(f"There is no runtime called {runtime!r}.")


def _deployed(root: Path, name: str) -> str:
    deployments = _deployments(root)
    if name not in deployments:
        raise ReleaseMissing(f"No release of {name} is deployed.")
    return deployments[name]


def _deployments(root: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((root / "deployed.json").read_text())
    except FileNotFoundError:
        return {}
    return found


def _fastest(release: Release) -> Runtime:
    """JAX if this machine has an accelerator that it can use; found out without importing it."""
    nvidia = Path("/dev/nvidia0").exists() and any(
        find_spec(plugin) for plugin in ("jax_cuda12_plugin", "jax_cuda13_plugin")
    )
    tpu = any(Path("/dev").glob("accel*")) and find_spec("libtpu") is not None
    has_parameters = (release.folder / PARAMETERS_FILE).is_file()
    return "jax" if (nvidia or tpu) and has_parameters and find_spec("flax") else "openvino"
