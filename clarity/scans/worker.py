"""The worker: takes scans by lease, judges them, keeps what was found.

It may die at any line. Everything that it writes is either harmless when written again
(objects by digest, the report by its unique constraint) or guarded by its lease.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from clarity.clock import Clock, now
from clarity.detectors.card import Card
from clarity.errors import ClarityError
from clarity.evidence import service as evidence
from clarity.evidence.canonical import digest_of
from clarity.evidence.messages import Receipt, Trace
from clarity.reports import service as reports
from clarity.reports.messages import Report, StageTime
from clarity.reports.rules import panel_digest
from clarity.scans import leases, service
from clarity.scans.archive import Archive
from clarity.scans.heart import Heart
from clarity.scans.leases import LeaseLost
from clarity.scans.messages import Stage
from clarity.scans.precedence import GaveWay, Precedence
from clarity.scans.rules import EVERYBODY, Lane, QueueRules, panel_names, problem_of
from clarity.scans.tables import ScanRow

IDLE_SECONDS = 0.1
"""Pause before an idle worker looks again; part of every scan's time to answer."""
TROUBLE_SECONDS = 2.0
"""Pause after the database did not answer, and before a crashed scan is taken again."""

log = structlog.get_logger("clarity.worker")


Progress = Callable[[str, float], None]
"""Called with the stage's name and the part of it that is done, in [0, 1]."""


class Findings(Protocol):
    """A report, the pictures that it names (file name -> encoded bytes), what it rests on.

    `likeness` is the perceptual hash of the item.
    """

    @property
    def report(self) -> Report: ...

    @property
    def images(self) -> Mapping[str, bytes]: ...

    @property
    def trace(self) -> Trace: ...

    @property
    def likeness(self) -> int: ...


class Judge(Protocol):
    """Judges a file with the panel of `cards`: what `scanner.pipeline.scan` does.

    `deliveries` tells whether it judges copies too, as if the item were sent on, `cascade`
    whether it leaves detectors unasked once they cannot change a label.
    """

    @property
    def deliveries(self) -> bool: ...

    @property
    def cascade(self) -> bool: ...

    def cards(self, panel: Collection[str] = ()) -> Mapping[str, Card]:
        """Cards of these detectors at this moment; of all that are deployed when empty."""
        ...

    def scan(self, path: Path, *, progress: Progress) -> Findings:
        """Judge the file; raises `ClarityError` when the media are at fault."""
        ...


Fetcher = Callable[[str, Path], Path]
"""Fetches a URL into a folder and gives the file; raises `ClarityError`."""


class Worker:
    """Works through the queue, one scan at a time.

    Args:
        archive: where scans wait and results are kept.
        judge: the pipeline with its panel.
        fetch: gets the media of a URL.
        rules: of the queue.
        longest: an attempt that takes longer loses its lease.
        lane: whose scans it takes; a worker for customers alone is always there for them.
        precedence: shared by the workers of one process.
        clock: tells the time.
    """

    def __init__(
        self,
        archive: Archive,
        *,
        judge: Judge,
        fetch: Fetcher,
        rules: QueueRules,
        longest: timedelta = timedelta(minutes=15),
        lane: Lane = EVERYBODY,
        precedence: Precedence | None = None,
        clock: Clock = now,
    ) -> None:
        self._archive = archive
        self._judge = judge
        self._fetch = fetch
        self._rules = rules
        self._longest = longest
        self._lane = lane
        self._precedence = precedence or Precedence()
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a scan in hand is then finished or given back."""
        while not stop.is_set():
            try:
                worked = self.run_one(stop)
            except SQLAlchemyError as error:
                log.error("database-trouble", error=type(error).__name__)
                stop.wait(TROUBLE_SECONDS)
                continue
            if not worked:
                stop.wait(IDLE_SECONDS)

    def run_one(self, stop: threading.Event | None = None) -> bool:
        """Take one scan and bring it to an end; False when none waits."""
        row = self._lease()
        if row is None:
            return False
        with (
            self._precedence.at_work(row.priority),
            Heart(
                self._archive.scans,
                row,
                rules=self._rules,
                longest=self._longest,
                stop=stop or threading.Event(),
                clock=self._clock,
            ) as heart,
        ):
            self._attempt(row, heart)
        return True

    def _lease(self) -> ScanRow | None:
        lane = replace(self._lane, least=max(self._lane.least, self._precedence.least))
        # An idle worker must not take the write lock ten times a second.
        with self._archive.scans.read() as session:
            if not leases.has_work(session, now=self._clock(), lane=lane):
                return None
        with self._archive.scans.write() as session:
            return leases.lease(session, now=self._clock(), rules=self._rules, lane=lane)

    def _attempt(self, row: ScanRow, heart: Heart) -> None:
        told = log.bind(scan=row.id[:6], attempt=row.attempts)
        try:
            self._work(row, heart)
            told.info("scan-done")
        except LeaseLost:
            if heart.stopped:
                self._give_back(row, crashed=False)
            told.warning("scan-left", stopped=heart.stopped)
        except GaveWay:
            self._give_back(row, crashed=False)
            told.info("scan-gave-way")
        except ClarityError as error:
            self._fail(row, error)
            told.info("scan-failed", problem=error.code)
        except SQLAlchemyError:
            raise  # The lease runs out by itself.
        except Exception as error:  # noqa: BLE001 - the worker's edge: one scan must not end it
            told.error("scan-crashed", error=type(error).__name__, exc_info=error)
            self._give_back(row, crashed=True)

    def _work(self, row: ScanRow, heart: Heart) -> None:
        with TemporaryDirectory(prefix="clarity-scan-") as name:
            path, media, fetched = self._media(row, Path(name), heart)
            cards = self._judge.cards(panel_names(row.panel))
            judge = self._judge
            panel = panel_digest(cards, deliveries=judge.deliveries, cascade=judge.cascade)
            if self._is_known(media, panel):
                self._complete(row, panel, instant=True)
                return
            findings = self._judge.scan(path, progress=partial(self._progress, row, heart))
        heart.check()
        self._keep(row, findings, panel, fetched=fetched)
        self._complete(row, panel)

    def _progress(self, row: ScanRow, heart: Heart, stage: str, fraction: float) -> None:
        heart.progress(stage, fraction)
        self._precedence.give_way(row.priority, heart.check)

    def _media(
        self, row: ScanRow, folder: Path, heart: Heart
    ) -> tuple[Path, str, StageTime | None]:
        """The file, its digest, and how long fetching took where it was fetched now."""
        if row.media_digest is not None:
            path = self._archive.store.checkout(row.media_digest, folder)
            return path, row.media_digest, None
        began = self._clock()
        heart.progress(Stage.FETCH.value, 0.0)
        path = self._fetch(row.url or "", folder)
        heart.check()
        digest = self._note(row, path)
        seconds = (self._clock() - began).total_seconds()
        return path, digest, StageTime(stage="fetch", seconds=round(seconds, 4))

    def _note(self, row: ScanRow, path: Path) -> str:
        # Inside the transaction, as `_discard` is: an object that a scan needs is never
        # removed between its storing and the scan's naming it.
        with self._archive.scans.write() as session:
            digest = self._archive.store.put_file(path)
            leases.note_media(session, row.id, row.lease or "", digest)
        return digest

    def _is_known(self, media: str, panel: str) -> bool:
        with self._archive.reports.read() as session:
            return reports.find(session, media, panel) is not None

    def _keep(
        self, row: ScanRow, findings: Findings, panel: str, *, fetched: StageTime | None
    ) -> None:
        images = {
            name: self._archive.store.put_bytes(data) for name, data in findings.images.items()
        }
        report = _with_time(findings.report, fetched)
        receipt = Receipt(
            made_at=self._clock(), trace=findings.trace, report=digest_of(report), images=images
        )
        # The log first: a report without its receipt cannot exist. A worker that dies between
        # the two leaves a receipt of a verdict that nobody was told, which does no harm.
        with self._archive.evidence.write() as session:
            evidence.append(session, receipt, self._archive.key, at=self._clock())
        with self._archive.reports.write() as session:
            reports.store(
                session,
                report,
                panel,
                images=images,
                receipt_digest=digest_of(receipt),
                # what its owner wants forgotten is not told to others, not for an hour either
                likeness=None if row.fleeting else findings.likeness,
            )

    def _complete(self, row: ScanRow, panel: str, *, instant: bool = False) -> None:
        with self._archive.scans.write() as session:
            leases.complete(
                session,
                row.id,
                row.lease or "",
                panel_digest=panel,
                now=self._clock(),
                instant=instant,
            )

    def _fail(self, row: ScanRow, error: ClarityError) -> None:
        with self._archive.scans.write() as session:
            try:
                leases.fail(
                    session,
                    row.id,
                    row.lease or "",
                    problem=problem_of(error),
                    now=self._clock(),
                )
            except LeaseLost:
                return
            media = service.get(session, row.id).media_digest
            if media and not service.is_wanted(session, media):
                self._archive.store.remove(media)

    def _give_back(self, row: ScanRow, *, crashed: bool) -> None:
        pause = timedelta(seconds=TROUBLE_SECONDS if crashed else 0)
        with self._archive.scans.write() as session:
            try:
                leases.give_back(
                    session,
                    row.id,
                    row.lease or "",
                    until=self._clock() + pause,
                    crashed=crashed,
                )
            except LeaseLost:
                return


def _with_time(report: Report, fetched: StageTime | None) -> Report:
    if fetched is None:
        return report
    return report.model_copy(update={"times": [fetched, *report.times]})
