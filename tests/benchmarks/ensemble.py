"""The panel as it is served against the same networks in plain TensorFlow and PyTorch, in one run.

    python -m tests.benchmarks.ensemble [--also vgg16] [--precision bf16] [--rounds 5]
    pip install torch; python -m tests.benchmarks.ensemble --pytorch

Detectors alone, without decoding and faces: one face, and the 32 frames that are sampled of a
ten-second clip with one person. A round times every way once, so that a busy machine slows them
alike; medians over the rounds are reported. `--also` adds untrained networks to the deployed
ones, which shows what they will cost; their labels mean nothing, but must be equal.

The cascade is timed on what the first detector is sure is fake: its network runs as it is, and
its answer is made sure. That is the most it saves; on all else it costs what asking in turn does.
"""

import argparse
import json
import math
import os
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, get_args

import numpy as np
from skimage.data import astronaut

from clarity.detectors import artefact, registry
from clarity.detectors.artefact import MODEL_FILES, Release
from clarity.detectors.card import InputSpec
from clarity.detectors.contract import Detector, Prediction
from clarity.detectors.preprocess import network_input
from clarity.detectors.runtimes.telemetry import quiet_openvino
from clarity.detectors.views import Views
from clarity.faces.align import align
from clarity.faces.detect import FaceDetector
from clarity.labels import label_scores
from clarity.scanner.cascade import settled
from clarity.scanner.panel import Opinion, ask
from tests.benchmarks import twins
from tests.benchmarks.faces import card_fields, machine
from tests.benchmarks.peak import multiply_adds_a_second
from tests.benchmarks.pytorch import PyTorchDetector
from tests.unit.detectors.random_parameters import drawn_for
from train.export import Precision, export_release

FRAMES = 32
SERVED = "served, side by side"
IN_TURN = "served, one after another"
CASCADE = "served, cascade on what is plainly fake"
TENSORFLOW = "TensorFlow"
PYTORCH = "PyTorch"

SURE = 50.0
"""A logit that every calibration takes for fake."""

Panel = Mapping[str, Detector]
Way = Callable[[np.ndarray], Mapping[str, Opinion]]
Peer = Callable[[Release], Detector]


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians of one way: wall and processor seconds of all detectors together.

    Attributes:
        peak_share: multiply-adds a processor second over those of a large matrix product in
            the same precision, in [0, 1]; of what is served.
    """

    way: str
    frames: int
    seconds: float
    processor_seconds: float
    times_served: float
    label: str
    peak_share: float | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    crops = faces(FRAMES)
    releases = [artefact.read(registry.release_folder(name)) for name in registry.deployed()]
    kept = options.json.parent / "untrained"
    releases += [untrained(name, options.precision, kept) for name in options.also]
    peers: dict[str, Peer] = {TENSORFLOW: TensorFlowDetector} if options.tensorflow else {}
    peers |= {PYTORCH: PyTorchDetector} if options.pytorch else {}
    timings = measure(releases, crops, rounds=options.rounds, peers=peers)
    peak = peak_memory([release.folder for release in releases], crops)
    print(table(timings))
    print(f"peak memory of a process that serves the panel: {peak / 1e6:.0f} MB")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine(),
        "releases": [f"{release.card.name} {release.card.precision}" for release in releases],
        "timings": [asdict(timing) for timing in timings],
        "peak_bytes": peak,
    }
    options.json.write_text(json.dumps(document, indent=2) + "\n")


def faces(count: int) -> np.ndarray:
    """One public-domain face as it would be seen in many frames, uint8 (count, 224, 224, 3)."""
    picture = astronaut()
    crop = align(picture, FaceDetector().detect(picture)[0])
    noise = np.random.default_rng(0).integers(-4, 5, (count, *crop.shape))
    return (crop + noise).clip(0, 255).astype(np.uint8)


def untrained(name: str, precision: Precision, folder: Path) -> Release:
    """A release with random weights, at the input of a deployed one; made once."""
    made = folder / name / precision
    if made.exists():
        return artefact.read(made)
    spec = InputSpec(size=160, mean=127.0, std=128.0, mirrored=True)
    export_release(
        drawn_for(registry.network(name)),
        card_fields(name, spec),
        made,
        precision=precision,
        calibration_crops=faces(8),
    )
    return artefact.read(made)


def measure(
    releases: Sequence[Release], crops: np.ndarray, *, rounds: int, peers: Mapping[str, Peer]
) -> list[Timing]:
    """Time every way in turn, `rounds` times after one to warm up; peers as they are, in turn."""
    served = {r.card.name: registry.load_folder(r.folder, runtime="openvino") for r in releases}
    first = next(iter(served))
    sure = {**served, first: Sure(served[first])}
    ways: dict[str, Way] = {
        SERVED: lambda crops: ask(served, [crops])[0],
        IN_TURN: lambda crops: _in_turn(served, crops),
        CASCADE: lambda crops: ask(sure, [crops], enough=settled)[0],
    }
    for name, peer in peers.items():
        ways[name] = partial(_in_turn, {r.card.name: Views(peer(r)) for r in releases})
    timings = []
    for frames in (1, len(crops)):
        taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        labels = {}
        for round_number in range(rounds + 1):
            for way, judge in ways.items():
                wall, processor = time.perf_counter(), time.process_time()
                said = judge(crops[:frames])
                spent = (time.perf_counter() - wall, time.process_time() - processor)
                taken[way] += [spent] if round_number else []
                labels[way] = label_scores({n: o.confidence for n, o in said.items()})
        timings += _timings(taken, labels, frames, share=_ideal_seconds(releases, frames))
    return timings


def peak_memory(folders: Sequence[Path], crops: np.ndarray) -> int:
    """Bytes that a process takes at most which loads the releases and judges all crops."""
    with get_context("spawn").Pool(1) as alone:
        return alone.apply(_peak_memory, (folders, crops))


def _peak_memory(folders: Sequence[Path], crops: np.ndarray) -> int:
    panel = {str(f): registry.load_folder(f, runtime="openvino") for f in folders}
    ask(panel, [crops])
    # not ru_maxrss, which a process inherits from the one that started it
    status = Path("/proc/self/status").read_text()
    (kibibytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kibibytes) * 1024


def table(timings: Sequence[Timing]) -> str:
    """The timings for a terminal, or as Markdown."""
    head = "| way | frames | ms | processor ms | times served | label | share of peak |"
    rows = [head, "|---|---:|---:|---:|---:|---|---:|"]
    for t in timings:
        share = "" if t.peak_share is None else f"{t.peak_share:.0%}"
        times = f"{t.seconds * 1e3:.1f} | {t.processor_seconds * 1e3:.1f} | {t.times_served:.2f}"
        rows.append(f"| {t.way} | {t.frames} | {times} | {t.label} | {share} |")
    return "\n".join(rows)


class Sure:
    """A detector that takes everything for fake, after the work of finding out."""

    def __init__(self, detector: Detector) -> None:
        self.card = detector.card
        self._detector = detector

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`."""
        told = self._detector.predict(crops)
        return replace(told, logits=np.full_like(told.logits, SURE))


class TensorFlowDetector:
    """A release's parameters in its Keras twin, the whole batch in one call, in float32."""

    def __init__(self, release: Release) -> None:
        import tensorflow as tf

        self.card = release.card
        model = twins.of_release(release)
        self._forward = tf.function(lambda x: model(x, training=False), autograph=False)

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`."""
        logits, maps = self._forward(network_input(crops, self.card.input))
        return Prediction(logits.numpy(), maps.numpy())


def multiply_adds(release: Release) -> int:
    """Of one view: convolutions and matrix products of the model that is served."""
    model = quiet_openvino().Core().read_model(release.folder / MODEL_FILES[0])
    size = release.card.input.size
    model.reshape([1, size, size, 3])
    return sum(_of_operation(operation) for operation in model.get_ops())


def _of_operation(operation: Any) -> int:
    kind = operation.get_type_name()
    if kind not in {"Convolution", "GroupConvolution", "MatMul"}:
        return 0
    cells = math.prod(operation.output(0).shape)
    shape = list(operation.input_value(1).shape)
    if kind == "MatMul":
        return cells * operation.input_value(0).shape[-1]
    # (outputs, inputs, height, width), led by the groups if there are any
    return cells * math.prod(shape[-3:])


def _ideal_seconds(releases: Sequence[Release], frames: int) -> float:
    """Processor time that the arithmetic would take at the machine's peak."""
    peaks = {p: multiply_adds_a_second(p) for p in {r.card.precision for r in releases}}
    views = {
        r.card.release: len(r.card.input.framings) * (1 + r.card.input.mirrored) for r in releases
    }
    return sum(
        frames * views[r.card.release] * multiply_adds(r) / peaks[r.card.precision]
        for r in releases
    )


def _timings(
    taken: Mapping[str, Sequence[tuple[float, float]]],
    labels: Mapping[str, str],
    frames: int,
    *,
    share: float,
) -> list[Timing]:
    walls = {way: [wall for wall, _ in spent] for way, spent in taken.items()}
    return [
        Timing(
            way,
            frames,
            statistics.median(walls[way]),
            statistics.median(processor for _, processor in spent),
            statistics.median(a / b for a, b in zip(walls[way], walls[SERVED], strict=True)),
            labels[way],
            share / statistics.median(p for _, p in spent) if way in {SERVED, IN_TURN} else None,
        )
        for way, spent in taken.items()
    ]


def _in_turn(panel: Panel, crops: np.ndarray) -> dict[str, Opinion]:
    return {name: ask({name: one}, [crops])[0][name] for name, one in panel.items()}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--also", choices=registry.names(), nargs="*", default=[])
    parser.add_argument("--pytorch", action="store_true")
    parser.add_argument("--precision", choices=get_args(Precision), default="bf16")
    parser.add_argument("--tensorflow", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path("var/bench/ensemble.json"))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
