"""What a scan is kept in: the queue, the reports, the evidence, the media."""

from dataclasses import dataclass, field
from datetime import timedelta

from clarity.database import Database
from clarity.evidence import service as evidence
from clarity.evidence.keys import SigningKey, load_or_make
from clarity.evidence.messages import SignedReceipt
from clarity.reports import service as reports
from clarity.reports.rules import coarse_report
from clarity.scans import places
from clarity.scans import service as scans
from clarity.scans.messages import Scan, ScanState
from clarity.scans.rules import QueueRules
from clarity.scans.tables import ScanRow
from clarity.settings import Settings
from clarity.storage import Store


@dataclass(frozen=True, slots=True)
class Archive:
    """The databases, the store and the signing key that gateway and workers share.

    Attributes:
        digits: of every confidence that leaves by `scan` and `describe`; None for all bits.
    """

    scans: Database
    reports: Database
    evidence: Database
    store: Store
    key: SigningKey = field(repr=False)
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
        if row.state == ScanState.QUEUED:
            with self.scans.read() as session:
                return scans.describe(row, None, places.place(session, row))
        if row.state != ScanState.DONE or row.media_digest is None or row.panel_digest is None:
            return scans.describe(row, None)
        with self.reports.read() as session:
            report = reports.find(session, row.media_digest, row.panel_digest)
        if report is not None and self.digits is not None:
            report = coarse_report(report, self.digits)
        return scans.describe(row, report)

    def receipt(self, row: ScanRow) -> SignedReceipt:
        """The signed receipt of a stored scan's report.

        Raises:
            ReceiptMissing: the scan has no report, or the report has no receipt.
        """
        with self.reports.read() as session:
            digest = reports.receipt_digest(session, row.media_digest or "", row.panel_digest or "")
        with self.evidence.read() as session:
            return evidence.find(session, digest or "")

    def upgrade(self) -> None:
        """Bring every database to the newest revision."""
        for database in self.databases:
            database.upgrade()

    def ping(self) -> None:
        """Raise `sqlalchemy.exc.SQLAlchemyError` unless every database answers."""
        for database in self.databases:
            database.ping()

    def close(self) -> None:
        for database in self.databases:
            database.close()

    @property
    def databases(self) -> tuple[Database, ...]:
        return (self.scans, self.reports, self.evidence)


def open_archive(settings: Settings) -> Archive:
    """Archive of an installation. Connects to nothing yet.

    Raises:
        KeyUnusable, KeyExposed: the signing key is none, or others may read it.
    """
    return Archive(
        scans=Database(settings.database("scans"), package="clarity.scans"),
        reports=Database(settings.database("reports"), package="clarity.reports"),
        evidence=Database(settings.database("evidence"), package="clarity.evidence"),
        store=Store(settings.store),
        key=signing_key(settings),
        digits=settings.score_digits,
    )


def signing_key(settings: Settings) -> SigningKey:
    """The key of the settings, else that of the installation's folder; raises as `open_archive`."""
    if settings.evidence_key is not None:
        return SigningKey.read(settings.evidence_key.get_secret_value().encode())
    return load_or_make(settings.evidence_key_file)


def queue_rules(settings: Settings) -> QueueRules:
    """The queue's rules as an installation sets them."""
    return QueueRules(
        lease=timedelta(seconds=settings.lease_seconds),
        attempts=settings.attempts,
        free_waiting=settings.free_lane_waiting,
    )
