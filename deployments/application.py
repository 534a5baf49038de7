"""The whole application: the only place that binds deployments together."""

from collections.abc import Sequence
from typing import Any

from ray import serve
from ray.serve import Application

from clarity.carbon.places import place
from clarity.checkout.opening import open_desk
from clarity.promotions.shelf import open_shelf
from clarity.scans.archive import open_archive
from clarity.settings import Settings, load_settings
from deployments.cashier import CashierReplica
from deployments.detectors import DetectorReplica
from deployments.gateway import GatewayReplica
from deployments.rest.members import open_members
from deployments.scanner import ScannerReplica

# A dead replica is noticed within two periods; replacing one that is only slow would be worse.
HEALTH: dict[str, Any] = {"health_check_period_s": 2.0, "health_check_timeout_s": 30.0}
STOPPING: dict[str, Any] = {
    "graceful_shutdown_wait_loop_s": 0.2,
    "graceful_shutdown_timeout_s": 5.0,
}


def build_app(settings: Settings) -> Application:
    """Gateway, scanner, one deployment per detector of the panel, and a cashier where payments
    are on.

    Raises:
        UnknownPlace: the region is not known; said here, for a replica would be restarted
            for ever.
    """
    place(settings.region)
    detectors = {name: _detector(name, settings) for name in settings.detectors}
    scanner = serve.deployment(
        name="scanner", ray_actor_options={"num_cpus": 0.2}, **HEALTH, **STOPPING
    )(ScannerReplica).bind(settings, detectors)
    cashier = _cashier(settings) if settings.takes_payments else None
    return serve.deployment(
        name="gateway",
        ray_actor_options={"num_cpus": 0.1},
        # Every open event stream is an ongoing request.
        max_ongoing_requests=500,
        **HEALTH,
        **STOPPING,
    )(GatewayReplica).bind(settings, detectors, scanner, cashier)


def prepare_databases(settings: Settings) -> None:
    """Bring every database to the newest revision: once, before any replica starts."""
    parts = (open_archive(settings), open_members(settings), open_shelf(settings))
    for part in (*parts, open_desk(settings)):
        part.upgrade()
        part.close()


def build(arguments: dict[str, Any]) -> Application:
    """Entry point for `serve deploy`: `import_path: deployments.application:build`."""
    given = load_settings().model_dump() | _known(arguments, list(Settings.model_fields))
    settings = Settings.model_validate(given)
    prepare_databases(settings)
    return build_app(settings)


def _cashier(settings: Settings) -> Application:
    return serve.deployment(
        name="cashier", ray_actor_options={"num_cpus": 0.05}, **HEALTH, **STOPPING
    )(CashierReplica).bind(settings)


def _detector(name: str, settings: Settings) -> Application:
    return serve.deployment(
        name=f"detector-{name}",
        ray_actor_options={"num_cpus": 0.2},
        max_ongoing_requests=32,
        **HEALTH,
        **STOPPING,
    )(DetectorReplica).bind(name, settings)


def _known(arguments: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    unknown = sorted(set(arguments) - set(fields))
    if unknown:
        raise ValueError(f"no such settings: {', '.join(unknown)}")
    return arguments
