"""OpenVINO without its telemetry."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_SWITCHES = {"CI": "true", "NNCF_CI": "1"}


@contextmanager
def telemetry_off() -> Iterator[None]:
    """Within it OpenVINO's converter and NNCF report nothing; import NNCF inside, not before."""
    before = {name: os.environ.get(name) for name in _SWITCHES}
    os.environ.update(_SWITCHES)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def quiet_openvino() -> Any:
    """The `openvino` module, imported without a report to its makers.

    The import sends one from a forked process. That is nobody's business, and a fork can hang
    for good where other threads hold locks, as they do in a serving replica. The only switch
    that the import heeds is that of continuous integration.
    """
    with telemetry_off():
        return import_module("openvino")
