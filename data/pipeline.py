"""Preparation on Ray Data: a pool of actors, each with a face detector, takes block after block.

Workers write their rows themselves, so neither the driver nor the object store ever holds
them. A block whose worker dies is given to another one, and written again as a whole.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data.blocks import BlockDone, prepare_block, read_journal, ready
from data.cluster import cluster
from data.preparation import Runner
from data.stages import Settings


class BlockWorker:
    """One actor of the pool."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._detector = ready()
        self._folder, self._settings = folder, settings

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, Any]:
        for number in batch["item"]:
            prepare_block(self._folder, int(number), self._detector, self._settings)
        return batch


def on_ray(workers: int) -> Runner:
    """A runner with a pool of `workers`; `folder` must be seen alike by all of its machines."""

    def run(folder: Path, pending: Sequence[int], settings: Settings) -> Iterator[BlockDone]:
        # one processor more, for what Ray Data itself runs
        with cluster(cpus=workers + 1):
            yield from _stream(folder.absolute(), pending, settings, workers=workers)

    return run


def _stream(
    folder: Path, pending: Sequence[int], settings: Settings, *, workers: int
) -> Iterator[BlockDone]:
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # one operator has nobody to reserve for, and the sums are done ten times a second
    context.op_resource_reservation_enabled = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    numbers = ray.data.from_items(list(pending), override_num_blocks=len(pending))
    done = numbers.map_batches(
        BlockWorker,
        fn_constructor_args=(folder, settings),
        batch_size=1,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    for row in done.iter_rows():
        entry = read_journal(folder, row["item"])
        assert entry is not None
        yield entry
