"""Scans in this process, without a service and without Ray.

The one place in the apps that reaches into the library, and only when it is asked for.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from apps.cli.items import is_url
from apps.cli.outcome import Notify, NotReady, Outcome, Scanner, problem_outcome
from apps.cli.remote import unreadable
from clarity.carbon.places import place
from clarity.detectors import registry
from clarity.errors import ClarityError
from clarity.promotions.shelf import has_promoted, open_shelf
from clarity.scanner import pipeline
from clarity.scanner.panel import PanelMember
from clarity.scans.messages import Stage
from clarity.settings import Settings, load_settings


def deployed_panel() -> Mapping[str, PanelMember]:
    """Every deployed detector, loaded: the releases that this installation's service would use.

    Raises:
        NotReady: a detector cannot be loaded.
    """
    try:
        settings = load_settings()
        root = settings.releases or registry.RELEASES
        names = (*registry.deployed(root), *registry.deployed_of_motion(root))
        return {name: _loaded(name, settings) for name in names}
    except ClarityError as error:
        raise NotReady(error.message, error.hint) from error
    except SQLAlchemyError as error:
        raise NotReady("The database of releases does not answer.", "Is it running?") from error


def _loaded(name: str, settings: Settings) -> PanelMember:
    if not has_promoted(settings):
        return registry.load(name, root=settings.releases or registry.RELEASES)
    shelf = open_shelf(settings)
    try:
        return registry.load_folder(shelf.folder(name, shelf.at_work(name)))
    finally:
        shelf.close()


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
            deliveries=settings.deliveries,
            cascade=settings.cascade,
        )
    return Outcome(item=item, report=findings.report)
