"""Preparation on Ray Data: a pool of actors, each with a face detector, takes block after block.

Workers write their rows themselves, so neither the driver nor the object store ever holds
them. A block whose worker dies is given to another one, and written again as a whole.
"""

import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from clarity.faces.detect import FaceDetector
from data.blocks import BlockDone, prepare_block, read_journal
from data.preparation import Runner
from data.stages import Settings

OBJECT_STORE_BYTES = 100 * 1024**2
"""Block numbers go through it, nothing else."""

START_ATTEMPTS = 3
"""Ray gives its own agents 15 seconds to start, too few on a machine that trains meanwhile."""

ENVIRONMENT = {
    # Ray listens on every interface: nobody may speak to it without the token of this run.
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
}


class BlockWorker:
    """One actor of the pool."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        cv2.setNumThreads(1)
        self._detector = FaceDetector()
        self._folder, self._settings = folder, settings

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, Any]:
        for number in batch["item"]:
            prepare_block(self._folder, int(number), self._detector, self._settings)
        return batch


def on_ray(workers: int) -> Runner:
    """A runner with a pool of `workers`; `folder` must be seen alike by all of its machines."""

    def run(folder: Path, pending: Sequence[int], settings: Settings) -> Iterator[BlockDone]:
        with _cluster(workers):
            yield from _stream(folder.absolute(), pending, settings, workers=workers)

    return run


def _stream(
    folder: Path, pending: Sequence[int], settings: Settings, *, workers: int
) -> Iterator[BlockDone]:
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
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


@contextmanager
def _cluster(workers: int) -> Iterator[None]:
    """The cluster that RAY_ADDRESS names, or one on this machine while the block runs."""
    _set_environment()
    import ray

    if "RAY_ADDRESS" in os.environ:
        ray.init(logging_level=logging.ERROR)
        yield
        return
    # Short, because socket paths below it may not exceed 107 characters.
    with TemporaryDirectory(prefix="clarity-ray-", ignore_cleanup_errors=True) as temporary:
        try:
            _start(workers, temporary, attempts=START_ATTEMPTS)
            yield
        finally:
            ray.shutdown()


def _start(workers: int, folder: str, *, attempts: int) -> None:
    import ray

    try:
        ray.init(
            address="local",
            num_cpus=workers + 1,  # one for what Ray Data itself runs
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {"PYTHONPATH": _python_path()}},
            _temp_dir=folder,
        )
    except Exception:  # Ray raises it bare
        ray.shutdown()
        if attempts == 1:
            raise
        _start(workers, folder, attempts=attempts - 1)


def _set_environment() -> None:
    """What Ray reads as it is imported; what is set already stays."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if os.environ["RAY_AUTH_MODE"] == "token":
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def _python_path() -> str:
    """Where workers find this package, however the driver was started."""
    root = str(Path(__file__).parents[1])
    return os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
