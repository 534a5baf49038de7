"""What Ray reads from the environment, some of it as it is imported: so this imports no Ray."""

import os
import secrets

from clarity import python_path

ENVIRONMENT = {
    # Ray listens on every interface whatever it is told, so nobody may speak to it without
    # the token of this run.
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
    "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "deployments.front.layers",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
    "RAY_metrics_report_interval_ms": "30000",
    "RAY_DEDUP_LOGS": "1",
    # Ray's 15 would let any other program on the machine starve the replicas.
    "RAY_worker_niceness": "0",
}


def prepare() -> None:
    """Call before Ray is imported; what is set already stays."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if os.environ["RAY_AUTH_MODE"] == "token":
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    # Replicas inherit it and find this package, however the driver was started. A runtime
    # environment would do that too, but throw away the workers that Ray has started by then.
    os.environ["PYTHONPATH"] = python_path.for_children()
