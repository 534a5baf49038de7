"""Both runtimes keep the contract and agree on real release folders."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from clarity.detectors import artefact, registry
from clarity.detectors.contract import Detector, Prediction
from clarity.detectors.parameters import Parameters
from clarity.detectors.runtimes.openvino import OpenVinoDetector
from clarity.labels import label_scores
from train.export import Precision

Releases = Callable[[Precision], Path]

PRECISIONS = ["fp32", "bf16", "int8"]
FARTHEST = {"fp32": 1e-3, "bf16": 0.05, "int8": 0.2}
"""Largest difference from JAX that is rounding, on logits of order one."""


@pytest.fixture(scope="module")
def jax_detector(release: Releases) -> Detector:
    return registry.load_folder(release("fp32"), runtime="jax")


@pytest.fixture(scope="module")
def reference(jax_detector: Detector, crops: np.ndarray) -> Prediction:
    return jax_detector.predict(crops)


def _labels(detector: Detector, prediction: Prediction) -> list[str]:
    chances = detector.card.calibration.probabilities(prediction.logits)
    return [label_scores({detector.card.name: chance}) for chance in chances]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_openvino_agrees_with_jax(
    precision: Precision,
    release: Releases,
    crops: np.ndarray,
    jax_detector: Detector,
    reference: Prediction,
) -> None:
    detector = registry.load_folder(release(precision), runtime="openvino")
    prediction = detector.predict(crops)
    assert prediction.logits.dtype == prediction.maps.dtype == np.float32
    assert prediction.logits.shape == (5,)
    assert prediction.maps.shape == (5, 3, 3)
    assert np.ptp(reference.logits) > 1e-2, "the network says the same of every crop"
    assert np.abs(prediction.logits - reference.logits).max() <= FARTHEST[precision]
    assert _labels(detector, prediction) == _labels(jax_detector, reference)


def test_openvino_fp32_maps_agree_with_jax(
    release: Releases, crops: np.ndarray, reference: Prediction
) -> None:
    prediction = registry.load_folder(release("fp32"), runtime="openvino").predict(crops)
    assert np.abs(prediction.maps - reference.maps).max() <= 1e-3


@pytest.mark.parametrize("precision", PRECISIONS)
def test_same_crop_same_bits(precision: Precision, release: Releases, crops: np.ndarray) -> None:
    """Alone, in another order, beside others, on more streams, loaded again."""
    opened = artefact.read(release(precision))
    narrow, wide = OpenVinoDetector(opened, streams=1), OpenVinoDetector(opened, streams=3)
    expected = narrow.predict(crops)
    order = np.array([3, 0, 4, 2, 1, 3, 3])
    shuffled = wide.predict(crops[order])
    np.testing.assert_array_equal(shuffled.logits, expected.logits[order])
    np.testing.assert_array_equal(shuffled.maps, expected.maps[order])
    alone = wide.predict(crops[2:3])
    np.testing.assert_array_equal(alone.logits, expected.logits[2:3])


def test_jax_same_crop_same_bits(
    jax_detector: Detector, crops: np.ndarray, reference: Prediction
) -> None:
    alone = jax_detector.predict(crops[3:4])
    np.testing.assert_array_equal(alone.logits, reference.logits[3:4])
    np.testing.assert_array_equal(alone.maps, reference.maps[3:4])


def test_openvino_from_several_threads(release: Releases, crops: np.ndarray) -> None:
    detector = registry.load_folder(release("int8"), runtime="openvino")
    expected = [detector.predict(crops[i : i + 2]).logits for i in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: detector.predict(crops[i : i + 2]).logits, range(4)))
    np.testing.assert_array_equal(found, expected)


def test_detector_may_be_dropped_at_once(release: Releases) -> None:
    """A replica that reloads must not die: with AsyncInferQueue this aborts or hangs."""
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from clarity.detectors import registry\n"
        "for _ in range(6):\n"
        "    registry.load_folder(Path(sys.argv[1]), runtime='openvino')"
        ".predict(np.zeros((2, 224, 224, 3), np.uint8))"
    )
    subprocess.run([sys.executable, "-c", code, str(release("int8"))], check=True, timeout=120)


def test_serving_reports_to_nobody_and_imports_no_training_framework(release: Releases) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from openvino_telemetry.utils.sender import TelemetrySender\n"
        "sent = []\n"
        "TelemetrySender.send = lambda *message: sent.append(message)\n"
        "from clarity.detectors import registry\n"
        "registry.load_folder(Path(sys.argv[1]), runtime='openvino')"
        ".predict(np.zeros((1, 224, 224, 3), np.uint8))\n"
        "print(len(sent), [m for m in ('tensorflow', 'jax', 'nncf') if m in sys.modules])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(release("int8"))],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout.split("\n")[-2] == "0 []"


@pytest.mark.parametrize("precision", PRECISIONS)
def test_map_is_the_logit(
    precision: Precision, release: Releases, crops: np.ndarray, values: Parameters
) -> None:
    prediction = registry.load_folder(release(precision), runtime="openvino").predict(crops)
    rebuilt = prediction.maps.mean(axis=(1, 2)) + values["head.bias"]
    np.testing.assert_allclose(
        rebuilt, prediction.logits, atol=0.02 if precision == "bf16" else 1e-5
    )


@pytest.mark.parametrize("runtime", ["openvino", "jax"])
@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 224, 224, 3), np.uint8),
        np.zeros((1, 224, 224, 3), np.float32),
        np.zeros((224, 224, 3), np.uint8),
        np.zeros((1, 224, 224, 4), np.uint8),
    ],
    ids=["none", "float", "no batch", "alpha"],
)
def test_wrong_crops_are_refused(
    runtime: registry.Runtime, wrong: np.ndarray, release: Releases
) -> None:
    detector = registry.load_folder(release("fp32"), runtime=runtime)
    with pytest.raises(ValueError, match="crops are uint8"):
        detector.predict(wrong)
