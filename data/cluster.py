"""A Ray cluster for the length of a task: the one that is there, or one on this machine."""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from clarity import python_path

OBJECT_STORE_BYTES = 100 * 1024**2
"""Data are read from disk by those who need them; little else goes through it."""

START_ATTEMPTS = 3
"""Ray gives its own agents 15 seconds to start, too few on a machine that trains meanwhile."""

ENVIRONMENT = {
    # Ray listens on every interface: nobody may speak to it without the token of this run.
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_metrics_report_interval_ms": "30000",
}


@contextmanager
def cluster(*, cpus: int, show: bool = False) -> Iterator[None]:
    """The cluster that RAY_ADDRESS names, or one on this machine while the block runs.

    Args:
        cpus: that a cluster of one's own offers.
        show: whether what workers print is shown.
    """
    if "RAY_ADDRESS" in os.environ:
        import ray  # with the settings and the token of that cluster

        ray.init(logging_level=logging.ERROR, log_to_driver=show)
        yield
        return
    _set_environment()
    import ray

    # Short, because socket paths below it may not exceed 107 characters.
    with TemporaryDirectory(prefix="clarity-ray-", ignore_cleanup_errors=True) as temporary:
        try:
            _start(cpus, temporary, show=show, attempts=START_ATTEMPTS)
            yield
        finally:
            ray.shutdown()


def _start(cpus: int, folder: str, *, show: bool, attempts: int) -> None:
    import ray

    try:
        ray.init(
            address="local",
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            log_to_driver=show,
            logging_level=logging.ERROR,
            _temp_dir=folder,
        )
    except Exception:  # Ray raises it bare
        ray.shutdown()
        if attempts == 1:
            raise
        _start(cpus, folder, show=show, attempts=attempts - 1)


def _set_environment() -> None:
    """What Ray reads as it is imported; what is set already stays."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if os.environ["RAY_AUTH_MODE"] == "token":
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    # Workers inherit it and find this package, however the driver was started. A runtime
    # environment would do that too, but throw away the workers that Ray has started by then.
    os.environ["PYTHONPATH"] = python_path.for_children()
