"""Scans in this process, without a service and without Ray.

The one place in the apps that reaches into the library, and only when it is asked for.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from apps.cli.items import is_url
from apps.cli.outcome import Notify, NotReady, Outcome, Scanner, problem_outcome
from apps.cli.remote import unreadable
from clarity.carbon.places import place
from clarity.detectors import registry
from clarity.errors import ClarityError
from clarity.scanner import pipeline
from clarity.scanner.panel import PanelMember
from clarity.scans.messages import Stage
from clarity.settings import load_settings


def deployed_panel() -> Mapping[str, PanelMember]:
    """Every deployed detector, loaded.

    Raises:
        NotReady: a detector cannot be loaded.
    """
    try:
        return {name: registry.load(name) for name in registry.deployed()}
    except ClarityError as error:
        raise NotReady(error.message, error.hint) from error


def local_scanner(panel: Mapping[str, PanelMember]) -> Scanner:
    """A scanner that runs the whole pipeline with these detectors."""

    def scan(item: str, notify: Notify) -> Outcome:
        try:
            return _scan(item, panel, notify)
        except ClarityError as error:
            return problem_outcome(
                item, error.message, error.hint, status=error.status, code=error.code
            )
        except OSError as error:
            return unreadable(item, error)

    return scan


def _scan(item: str, panel: Mapping[str, PanelMember], notify: Notify) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="clarity-") as folder:
        path = Path(item)
        if is_url(item):
            # The downloader is slow to import, and only addresses need it.
            from clarity.media.fetch import fetch

            notify(Stage.FETCH, 0.0)
            path = fetch(item, Path(folder)).path
        settings = load_settings()
        findings = pipeline.scan(
            path,
            panel=panel,
            progress=lambda stage, part: notify(Stage(stage), part),
            where=place(settings.region),
            anchors=settings.provenance_anchors,
        )
    return Outcome(item=item, report=findings.report)
