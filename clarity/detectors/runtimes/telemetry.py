"""OpenVINO without its telemetry."""

import os
from importlib import import_module
from typing import Any


def quiet_openvino() -> Any:
    """The `openvino` module, imported without a report to its makers.

    The import sends one from a forked process. That is nobody's business, and a fork can hang
    for good where other threads hold locks, as they do in a serving replica. The only switch
    that the import heeds is that of continuous integration.
    """
    before = os.environ.get("CI")
    os.environ["CI"] = "true"
    try:
        return import_module("openvino")
    finally:
        if before is None:
            del os.environ["CI"]
        else:
            os.environ["CI"] = before
