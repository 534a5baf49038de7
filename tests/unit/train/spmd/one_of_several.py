"""One process of a test that trains in several: `python -m ... RANK COUNT ADDRESS FOLDER`."""

import sys
from pathlib import Path

import jax
import numpy as np
from flax import nnx

from clarity.detectors import parameters as flat
from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from tests.unit.train.spmd import tiny
from tests.unit.train.spmd.conftest import SPEC, MadeUp
from train.batches import Batch
from train.loop import Schedule
from train.spmd.loop import train
from train.spmd.network import FlaxNetwork

SIZE = 8
SCHEDULE = Schedule(
    steps=6, peak_rate=1e-2, warmup=2, sam=0.05, accumulate=2, report_every=2, save_every=2
)


class Share(MadeUp):
    """Of every part of each batch, the crops that are this process's."""

    def __init__(self, rank: int, count: int) -> None:
        super().__init__(SIZE)
        self._rank, self._count = rank, count

    def batch(self, step: int) -> Batch:
        whole = super().batch(step)
        parts, share = SCHEDULE.accumulate, SIZE // SCHEDULE.accumulate // self._count
        own = slice(self._rank * share, (self._rank + 1) * share)

        def part(values: np.ndarray) -> np.ndarray:
            rest = values.shape[1:]
            return values.reshape(parts, -1, *rest)[:, own].reshape(-1, *rest)

        return Batch(part(whole.pixels), part(whole.labels), part(whole.places))


def fit(folder: Path, rank: int, count: int) -> flat.Parameters:
    registry.ARCHITECTURES["tiny_normed"] = registry.Entry(f"{tiny.__name__}:TinyNormed", "")
    registry.DETECTORS["tiny_normed"] = "tiny_normed"
    start = flax_parameters.parameters(tiny.TinyNormed(rngs=nnx.Rngs(0)))
    return train(
        FlaxNetwork("tiny_normed"),
        start,
        Share(rank, count),
        SCHEDULE,
        spec=SPEC,
        folder=folder,
        report=lambda figures: print(rank, figures["step"], figures["loss"], flush=True),
    )


def main() -> None:
    rank, count, address, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    jax.distributed.initialize(address, count, rank)
    assert jax.process_count() == count
    result = fit(Path(folder) / "run", rank, count)
    flat.write(result, Path(folder) / f"{rank}.safetensors")


if __name__ == "__main__":
    main()
