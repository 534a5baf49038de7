"""How far the runtimes of one network are apart, and how large its release files are.

    python -m tests.benchmarks.parity vgg16 --size 112 224

Flax against Keras and every OpenVINO precision against Flax, with equal random weights that
keep the signal's variance: largest absolute differences over eight made-up crops.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
from flax import nnx

from clarity.detectors import parameters, registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.card import InputSpec
from clarity.detectors.parameters import Parameters
from clarity.detectors.preprocess import network_input
from tests.benchmarks import twins
from tests.benchmarks.faces import card_fields
from tests.unit.detectors.random_parameters import drawn_for
from train.export import Precision, export_release

Answer = tuple[np.ndarray, np.ndarray]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("detector", choices=registry.names())
    parser.add_argument("--size", type=int, nargs="+", default=[224], help="input, pixels")
    options = parser.parse_args(arguments)
    network = registry.network(options.detector)
    # as a release stores them, so that every runtime holds the same numbers
    stored = parameters.compact(drawn_for(network))
    values = {name: value.astype(np.float32) for name, value in stored.items()}
    print(f"{sum(map(np.size, values.values())):,} parameters")
    print("| input | runtime | logit | map | model.bin, MB |\n|---:|---|---:|---:|---:|")
    for size in options.size:
        for line in compare(options.detector, values, size):
            print(line, flush=True)


def compare(name: str, values: Parameters, size: int) -> list[str]:
    """Rows of the table for one input size."""
    spec = InputSpec(size=size, mean=127.5, std=127.5)
    crops = np.random.default_rng(0).integers(0, 256, (8, 14, 14, 3), dtype=np.uint8)
    crops = crops.repeat(16, 1).repeat(16, 2)
    images = network_input(crops, spec)
    exact = _flax(name, values, images)
    rows = [_row(size, "Keras", exact, _keras(name, values, images), "")]
    with TemporaryDirectory() as folder:
        for precision in get_args(Precision):
            release = export_release(
                values,
                card_fields(name, spec),
                Path(folder) / precision,
                precision=precision,
                calibration_crops=crops,
            )
            said = registry.load_folder(release, runtime="openvino").predict(crops)
            megabytes = f"{(release / 'model.bin').stat().st_size / 1e6:.1f}"
            answer = (said.logits, said.maps)
            rows.append(_row(size, f"OpenVINO {precision}", exact, answer, megabytes))
    return rows


def _flax(name: str, values: Parameters, images: np.ndarray) -> Answer:
    model = flax_parameters.restore(registry.network(name), values)
    logits, maps = nnx.jit(lambda model, x: model(x))(model, images)
    return np.asarray(logits), np.asarray(maps)


def _keras(name: str, values: Parameters, images: np.ndarray) -> Answer:
    logits, maps = twins.loaded(name, images.shape[1], values)(images, training=False)
    return np.asarray(logits), np.asarray(maps)


def _row(size: int, runtime: str, exact: Answer, other: Answer, megabytes: str) -> str:
    logit, cells = (f"{np.abs(a - b).max():.1e}" for a, b in zip(exact, other, strict=True))
    return f"| {size} | {runtime} | {logit} | {cells} | {megabytes} |"


if __name__ == "__main__":
    main()
