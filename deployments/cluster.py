"""The embedded cluster: Ray and Serve on this machine, for one installation."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import ray
from ray import serve
from ray.serve.config import HTTPOptions

from clarity.settings import Settings
from deployments.application import build_app, prepare_databases

APPLICATION = "clarity"
OBJECT_STORE_BYTES = 300 * 1024**2
LOGICAL_CPUS = 4
"""Only counted, never reserved: replicas share the machine's cores."""

LINGER_SECONDS = 3.0

QUIET = {"log_level": "WARNING", "enable_access_log": False}


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """A cluster that serves the application while the block runs.

    `environment.prepare` must have been called before this module was imported.
    """
    prepare_databases(settings)
    # Short, because socket paths below it may not exceed 107 characters.
    with TemporaryDirectory(prefix="clarity-ray-", ignore_cleanup_errors=True) as temporary:
        try:
            ray.init(
                address="local",
                num_cpus=LOGICAL_CPUS,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
                namespace=APPLICATION,
                _temp_dir=temporary,
                _metrics_export_port=settings.metrics_port,
            )
            _serve(settings)
            yield
        finally:
            _stop()


def _stop() -> None:
    """Stop the cluster, and end what of it outlives that: an agent may, on a busy machine."""
    family = _family()
    try:
        if ray.is_initialized():
            serve.shutdown()
        ray.shutdown()
    finally:
        _end(family)


def _serve(settings: Settings) -> None:
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    serve.start(
        proxy_location="HeadOnly",
        http_options=_http(settings),
        logging_config=QUIET,
    )
    serve.run(build_app(settings), name=APPLICATION, route_prefix="/", logging_config=QUIET)


def _http(settings: Settings) -> HTTPOptions:
    return HTTPOptions(
        host=settings.host,
        port=settings.port,
        # Waiting has bounds of its own in the gateway; event streams may last for minutes.
        request_timeout_s=None,
        ssl_certfile=str(settings.tls_certificate) if settings.tls_certificate else None,
        ssl_keyfile=str(settings.tls_key) if settings.tls_key else None,
    )


def _family() -> list[psutil.Process]:
    """Ray's processes: descendants of those of our children that run its files."""
    rays = str(Path(ray.__file__).parent)
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if any(rays in part for part in child.cmdline()):
                found += [child, *child.children(recursive=True)]
    return found


def _end(family: Iterable[psutil.Process]) -> None:
    """Wait for processes to end, then ask them to, then make them."""
    _, left = psutil.wait_procs(family, timeout=LINGER_SECONDS)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(left, timeout=LINGER_SECONDS)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
