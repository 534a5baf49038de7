"""Milliseconds per face of every engine, as ratios against TensorFlow, in one run.

    python -m tests.benchmarks.faces [--detector NAME] [--size PIXELS] [--rounds 7]

All engines hold the same network and start from the same uint8 crops. A round times each of
them once, so that a busy machine slows them alike; medians over the rounds are reported.
Speed does not depend on the weights: they are random, at the input size of the first deployed
detector unless told otherwise.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import numpy as np

from clarity.detectors import registry
from clarity.detectors.artefact import ReleaseMissing
from clarity.detectors.card import InputSpec
from clarity.detectors.parameters import Parameters
from clarity.detectors.preprocess import network_input
from tests.benchmarks import twins
from tests.unit.detectors.random_parameters import random_parameters
from train.export import Precision, export_release

BATCHES = (1, 8)
REFERENCE = "tensorflow"

Engine = Callable[[np.ndarray], Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """Median of one engine at one batch size; `ratio` is its time over TensorFlow's."""

    engine: str
    batch: int
    milliseconds_per_face: float
    ratio: float


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    name = options.detector or registry.deployed()[0]
    spec = InputSpec(size=options.size or _deployed_size(name), mean=127.5, std=127.5)
    crops = np.random.default_rng(0).integers(0, 256, (max(BATCHES), 224, 224, 3), dtype=np.uint8)
    with TemporaryDirectory() as folder:
        timings = measure(engines(name, spec, crops, Path(folder)), crops, rounds=options.rounds)
    print(table(timings))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine(),
        "detector": name,
        "input_size": spec.size,
        "rounds": options.rounds,
        "timings": [asdict(timing) for timing in timings],
    }
    options.json.write_text(json.dumps(document, indent=2) + "\n")


def engines(name: str, spec: InputSpec, crops: np.ndarray, folder: Path) -> dict[str, Engine]:
    """Every engine by name, each taking uint8 crops."""
    from flax import nnx

    from clarity.detectors.architectures import flax_parameters

    network = registry.network(name)
    abstract = nnx.eval_shape(lambda: network(rngs=nnx.Rngs(0)))
    values = random_parameters(flax_parameters.shapes(abstract))
    found: dict[str, Engine] = {
        "jax": _jax(name, values, spec),
        "tensorflow": _tensorflow(name, values, spec),
    }
    for precision in get_args(Precision):
        release = export_release(
            values,
            card_fields(name, spec),
            folder / precision,
            precision=precision,
            calibration_crops=crops,
        )
        detector = registry.load_folder(release, runtime="openvino")
        found[f"openvino {precision}"] = detector.predict
    return found


def measure(found: Mapping[str, Engine], crops: np.ndarray, *, rounds: int) -> list[Timing]:
    """Time all engines in turn, `rounds` times after one to warm up."""
    timings = []
    for batch in BATCHES:
        taken: dict[str, list[float]] = {name: [] for name in found}
        for round_number in range(rounds + 1):
            for name, engine in found.items():
                start = time.perf_counter()
                engine(crops[:batch])
                if round_number:
                    taken[name].append((time.perf_counter() - start) * 1000 / batch)
        for name, own in taken.items():
            ratios = [a / b for a, b in zip(own, taken[REFERENCE], strict=True)]
            timings.append(Timing(name, batch, statistics.median(own), statistics.median(ratios)))
    return timings


def table(timings: Sequence[Timing]) -> str:
    """The timings for a terminal, or as Markdown."""
    rows = ["| engine | batch | ms per face | times TensorFlow |", "|---|---:|---:|---:|"]
    rows += [
        f"| {t.engine} | {t.batch} | {t.milliseconds_per_face:.1f} | {t.ratio:.2f} |"
        for t in timings
    ]
    return "\n".join(rows)


def machine() -> dict[str, Any]:
    """What the figures were taken on, and how busy it was."""
    names = ("jax", "tensorflow", "openvino", "nncf")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg()[0],
        "versions": {name: version(name) for name in names},
    }


def _jax(name: str, values: Parameters, spec: InputSpec) -> Engine:
    import jax
    from flax import nnx

    from clarity.detectors.architectures import flax_parameters

    graph, state = nnx.split(flax_parameters.restore(registry.network(name), values))
    forward = jax.jit(lambda state, images: nnx.merge(graph, state)(images))
    return lambda crops: jax.block_until_ready(forward(state, network_input(crops, spec)))


def _tensorflow(name: str, values: Parameters, spec: InputSpec) -> Engine:
    import tensorflow as tf

    model = twins.loaded(name, spec.size, values)
    forward = tf.function(lambda images: model(images, training=False), autograph=False)
    return lambda crops: [output.numpy() for output in forward(network_input(crops, spec))]


def card_fields(name: str, spec: InputSpec) -> dict[str, Any]:
    """Card of a release that is only timed."""
    text = ("release", "title", "technique", "architecture", "paper", "licence")
    return {
        **dict.fromkeys(text, "benchmark"),
        "name": name,
        "input": spec,
        "calibration": {},
        "training_data": [],
        "figures": {},
        "limits": [],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--detector", choices=registry.names())
    parser.add_argument("--size", type=int, help="side of the input in pixels")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, default=Path("var/bench/faces.json"))
    return parser.parse_args(arguments)


def _deployed_size(name: str) -> int:
    try:
        return registry.card(name).input.size
    except ReleaseMissing:
        return 128


if __name__ == "__main__":
    main()
