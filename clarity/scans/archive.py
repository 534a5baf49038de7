"""What a scan is kept in: the queue, the reports, the media."""

from dataclasses import dataclass
from datetime import timedelta

from clarity.database import Database
from clarity.reports import service as reports
from clarity.reports.rules import coarse_report
from clarity.scans import service as scans
from clarity.scans.messages import Scan, ScanState
from clarity.scans.rules import QueueRules
from clarity.scans.tables import ScanRow
from clarity.settings import Settings
from clarity.storage import Store


@dataclass(frozen=True, slots=True)
class Archive:
    """The two databases and the store that gateway and workers share.

    Attributes:
        digits: of every confidence that leaves by `scan` and `describe`; None for all bits.
    """

    scans: Database
    reports: Database
    store: Store
    digits: int | None = None

    def scan(self, scan_id: str) -> Scan:
        """The scan as clients see it, with its report when it is done.

        Raises:
            ScanNotFound: there is no such scan.
        """
        return self.describe(self.row(scan_id))

    def row(self, scan_id: str) -> ScanRow:
        """The scan as it is stored; raises as `scan`."""
        with self.scans.read() as session:
            return scans.get(session, scan_id)

    def describe(self, row: ScanRow) -> Scan:
        """A stored scan as clients see it."""
        if row.state != ScanState.DONE or row.media_digest is None or row.panel_digest is None:
            return scans.describe(row, None)
        with self.reports.read() as session:
            report = reports.find(session, row.media_digest, row.panel_digest)
        if report is not None and self.digits is not None:
            report = coarse_report(report, self.digits)
        return scans.describe(row, report)

    def upgrade(self) -> None:
        """Bring both databases to the newest revision."""
        self.scans.upgrade()
        self.reports.upgrade()

    def ping(self) -> None:
        """Raise `sqlalchemy.exc.SQLAlchemyError` unless both databases answer."""
        self.scans.ping()
        self.reports.ping()

    def close(self) -> None:
        self.scans.close()
        self.reports.close()


def open_archive(settings: Settings) -> Archive:
    """Archive of an installation. Connects to nothing yet."""
    return Archive(
        scans=Database(settings.database("scans"), package="clarity.scans"),
        reports=Database(settings.database("reports"), package="clarity.reports"),
        store=Store(settings.store),
        digits=settings.score_digits,
    )


def queue_rules(settings: Settings) -> QueueRules:
    """The queue's rules as an installation sets them."""
    return QueueRules(
        lease=timedelta(seconds=settings.lease_seconds),
        attempts=settings.attempts,
        free_waiting=settings.free_lane_waiting,
    )
