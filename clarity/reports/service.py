"""Use cases of the reporting service. They flush; who calls them commits."""

from collections.abc import Mapping
from typing import ClassVar

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from clarity.errors import ClarityError
from clarity.reports.messages import Report
from clarity.reports.tables import ReportImageRow, ReportRow


class ImageNotFound(ClarityError):
    """The report names no such picture."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "image-not-found"
    hint = "Take the picture's name from the report's list of people."


def find(session: Session, media_digest: str, panel_digest: str) -> Report | None:
    """The report of these media by this panel, if there is one."""
    row = _row(session, media_digest, panel_digest)
    return Report.model_validate_json(row.document) if row else None


def store(
    session: Session,
    report: Report,
    panel_digest: str,
    *,
    images: Mapping[str, str],
    receipt_digest: str | None = None,
) -> Report:
    """Keep a report; where one of the same media and panel exists, that one stays.

    Args:
        session: open transaction.
        report: what to keep.
        panel_digest: of the detectors that made it.
        images: picture name -> digest in the object store.
        receipt_digest: of the report's receipt in the evidence log.

    Returns:
        The report that is kept.
    """
    row = ReportRow(
        media_digest=report.media.digest,
        panel_digest=panel_digest,
        label=report.label.value,
        created_at=report.created_at,
        document=report.model_dump_json(),
        receipt_digest=receipt_digest,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return find(session, report.media.digest, panel_digest) or report
    assert row.id is not None
    session.add_all(
        ReportImageRow(report_id=row.id, name=name, digest=digest)
        for name, digest in images.items()
    )
    session.flush()
    return report


def receipt_digest(session: Session, media_digest: str, panel_digest: str) -> str | None:
    """Digest of the receipt of a report; None where none was kept."""
    row = _row(session, media_digest, panel_digest)
    return row.receipt_digest if row else None


def receipts_of(session: Session, media_digest: str) -> set[str]:
    """Digests of the receipts of every report of these media."""
    rows = session.exec(select(ReportRow).where(ReportRow.media_digest == media_digest)).all()
    return {row.receipt_digest for row in rows if row.receipt_digest}


def erase(session: Session, media_digest: str) -> set[str]:
    """Delete every report of these media.

    Returns:
        Digests of pictures that no other report shows.
    """
    rows = session.exec(select(ReportRow).where(ReportRow.media_digest == media_digest)).all()
    ids = [row.id for row in rows]
    of_these = col(ReportImageRow.report_id).in_(ids)
    named: set[str] = set(session.exec(select(ReportImageRow.digest).where(of_these)).all())
    session.exec(delete(ReportImageRow).where(of_these))
    session.exec(delete(ReportRow).where(col(ReportRow.id).in_(ids)))
    kept = select(ReportImageRow.digest).where(col(ReportImageRow.digest).in_(named))
    return named - set(session.exec(kept).all())


def image_digest(session: Session, media_digest: str, panel_digest: str, name: str) -> str:
    """Digest of a report's picture in the object store.

    Raises:
        ImageNotFound: there is no such report or no such picture in it.
    """
    row = _row(session, media_digest, panel_digest)
    image = session.get(ReportImageRow, (row.id, name)) if row else None
    if image is None:
        raise ImageNotFound(f"This report has no picture {name[:80]!r}.")
    return image.digest


def _row(session: Session, media_digest: str, panel_digest: str) -> ReportRow | None:
    query = select(ReportRow).where(
        ReportRow.media_digest == media_digest, ReportRow.panel_digest == panel_digest
    )
    return session.exec(query).first()
