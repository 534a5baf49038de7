"""Scans at the running service."""

from pathlib import Path

from apps.cli.items import is_url
from apps.cli.outcome import Notify, Outcome, Scanner, problem_outcome
from apps.gateway_client import GatewayError, ServiceUnreachable
from apps.scans_client import Reconnecting, Scans
from clarity.scans.messages import Scan, Stage


def remote_scanner(scans: Scans) -> Scanner:
    """A scanner that hands items to the service and waits for their reports.

    It raises `ServiceUnreachable`, which concerns every item; a refusal of one item is its
    outcome.
    """

    def scan(item: str, notify: Notify) -> Outcome:
        try:
            return _outcome(item, _followed(scans, _submitted(scans, item), notify))
        except ServiceUnreachable:
            raise
        except GatewayError as error:
            return problem_outcome(
                item, error.message, error.hint, status=error.status, code=error.code
            )
        except OSError as error:
            return unreadable(item, error)

    return scan


def unreadable(item: str, error: OSError) -> Outcome:
    """An outcome of a file that cannot be opened."""
    reason = error.strerror or str(error)
    hint = "Check the spelling and the access rights."
    return problem_outcome(
        item, f"{item} cannot be read: {reason}.", hint, status=400, code="unreadable"
    )


def _submitted(scans: Scans, item: str) -> Scan:
    return scans.submit_url(item) if is_url(item) else scans.submit_path(Path(item))


def _followed(scans: Scans, scan: Scan, notify: Notify) -> Scan:
    notify(Stage.WAITING, 0.0)
    for update in scans.follow(scan.id):
        if not isinstance(update, Reconnecting):
            scan = update
            notify(scan.stage, scan.fraction)
    return scan


def _outcome(item: str, scan: Scan) -> Outcome:
    return Outcome(
        item=item, scan=scan.id, instant=scan.instant, report=scan.report, problem=scan.problem
    )
