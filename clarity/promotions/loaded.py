"""Detectors of one name that are loaded in this process: the release at work, and the last one.

A change of release never interrupts anything: the new one is loaded and tested beside the old
one, then it is the one that new callers are told of, and who began with the old one may end
with it. So several processes may follow the ledger each at its own moment: whichever a caller
reaches, it has the release that the caller names, or gets it.
"""

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.detectors import registry
from clarity.detectors.artefact import ReleaseMissing
from clarity.detectors.contract import Detector
from clarity.detectors.self_test import SelfTestFailed, self_test
from clarity.errors import ClarityError
from clarity.promotions.shelf import Exact, Shelf

HELD = 2
"""Releases in memory at once."""
REFUSED_SECONDS = 60.0
"""After so long a refused release is tried again: the store may have been out of reach."""

log = structlog.get_logger("clarity.promotions")


class LoadedReleases:
    """Follows the ledger for one detector. Safe to use from several threads.

    Args:
        name: of the detector.
        shelf: the installation's releases.
        clock: seconds that only grow.
    """

    def __init__(
        self, name: str, shelf: Shelf, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._shelf, self._clock = name, shelf, clock
        self._lock = threading.Lock()
        self._held: dict[str, Detector] = {}
        self._refused: dict[Exact, float] = {}
        self._at_work: Exact | None = None
        self._at_work = self._first()

    @property
    def at_work(self) -> Detector:
        """The detector that answers now."""
        assert self._at_work is not None
        return self._held[self._at_work.release]

    def named(self, release: str) -> Detector:
        """The detector of that release, loaded now if it must be.

        Raises:
            ReleaseMissing, ReleaseDamaged, SelfTestFailed: it cannot be had.
        """
        held = self._held.get(release)
        if held is not None:
            return held
        with self._lock:
            self._load(self._shelf.named(self._name, release))
            return self._held[release]

    def follow(self) -> bool:
        """Change to the release that the ledger names; True if that was done.

        A bad one is refused and the old one goes on: this raises nothing.
        """
        try:
            wanted = self._shelf.at_work(self._name)
        except (ClarityError, SQLAlchemyError, OSError, ValueError) as error:
            # the last two: the package is being replaced just now
            log.warning("ledger-silent", detector=self._name, why=type(error).__name__)
            return False
        if wanted == self._at_work or self._is_refused(wanted):
            return False
        with self._lock:
            if not self._try(wanted):
                return False
            self._at_work = wanted
        log.info("release-changed", detector=self._name, release=wanted.release)
        return True

    def _first(self) -> Exact:
        """Load the best release that can be loaded.

        Raises:
            ReleaseMissing: there is none.
        """
        for wanted in self._shelf.earlier(self._name):
            if self._try(wanted):
                log.info("loaded", detector=self._name, release=wanted.release)
                return wanted
        raise ReleaseMissing(f"No release of {self._name} can be loaded.")

    def _is_refused(self, wanted: Exact) -> bool:
        since = self._refused.get(wanted)
        return since is not None and self._clock() - since < REFUSED_SECONDS

    def _try(self, wanted: Exact) -> bool:
        try:
            self._load(wanted)
        except Exception as error:  # noqa: BLE001 - the edge of what others made: stores and
            # runtimes raise errors of many families, and none may cost the release at work
            log.error(
                "release-refused", detector=self._name, release=wanted.release, why=str(error)
            )
            self._refused[wanted] = self._clock()
            return False
        return True

    def _load(self, wanted: Exact) -> None:
        """Have a release among those held; the one used longest ago makes room."""
        held = dict(self._held)
        if wanted.release not in held:
            held[wanted.release] = load_tested(self._shelf, self._name, wanted)
        kept = {one.release for one in (wanted, self._at_work) if one}
        for release in [one for one in held if one not in kept]:
            if len(held) > HELD:
                del held[release]
        self._held = held


def load_tested(shelf: Shelf, name: str, wanted: Exact) -> Detector:
    """A detector that has passed its self-test.

    Raises:
        ReleaseMissing, ReleaseDamaged: its files are not what they must be.
        SelfTestFailed: it does not behave like a detector, or the runtime cannot read it.
    """
    try:
        detector = registry.load_folder(shelf.folder(name, wanted))
    except RuntimeError as error:  # what OpenVINO raises for every kind of unreadable model
        raise SelfTestFailed(f"{wanted.release} cannot be loaded: {str(error)[:200]}") from error
    self_test(detector)
    return detector
