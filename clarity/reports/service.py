"""Use cases of the reporting service. They flush; who calls them commits."""

from collections.abc import Mapping
from typing import ClassVar

from sqlalchemy import and_, delete, or_
from sqlmodel import Session, col, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.media.likeness import SIMILAR_BITS, bands, differing_bits
from clarity.reports.messages import Report, SimilarItem
from clarity.reports.tables import LikenessRow, ReportImageRow, ReportRow

LOOKED_AT = 1000
"""Candidates that are compared, newest first: a common band must not cost a scan of the table."""

SHOWN = 5
"""Similar items that are told."""


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
    likeness: int | None = None,
) -> Report:
    """Keep a report; where one of the same media and panel exists, that one stays.

    Args:
        session: open transaction.
        report: what to keep.
        panel_digest: of the detectors that made it.
        images: picture name -> digest in the object store.
        receipt_digest: of the report's receipt in the evidence log.
        likeness: perceptual hash of the item.

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
    if not try_add(session, row):
        return find(session, report.media.digest, panel_digest) or report
    assert row.id is not None
    session.add_all(
        ReportImageRow(report_id=row.id, name=name, digest=digest)
        for name, digest in images.items()
    )
    if likeness is not None:
        session.add_all(
            LikenessRow(report_id=row.id, band=band, value=value, hash=f"{likeness:016x}")
            for band, value in enumerate(bands(likeness))
        )
    session.flush()
    return report


def similar(session: Session, media_digest: str, panel_digest: str) -> list[SimilarItem]:
    """Other items that were checked before and look like this one, the most alike first."""
    row = _row(session, media_digest, panel_digest)
    own = session.get(LikenessRow, (row.id, 0)) if row else None
    if own is None:
        return []
    likeness = int(own.hash, 16)
    same_band = or_(
        *(
            and_(col(LikenessRow.band) == band, col(LikenessRow.value) == value)
            for band, value in enumerate(bands(likeness))
        )
    )
    query = (
        select(LikenessRow.hash, ReportRow)
        .join(ReportRow, col(ReportRow.id) == col(LikenessRow.report_id))
        .where(same_band, col(ReportRow.media_digest) != media_digest)
        .order_by(col(ReportRow.id).desc())
        .limit(LOOKED_AT)
    )
    found = {other.id: (int(value, 16), other) for value, other in session.exec(query)}
    near = [(differing_bits(likeness, value), other) for value, other in found.values()]
    near = sorted((one for one in near if one[0] <= SIMILAR_BITS), key=lambda one: one[0])
    return [_similar(bits, other) for bits, other in near[:SHOWN]]


def _similar(bits: int, row: ReportRow) -> SimilarItem:
    report = Report.model_validate_json(row.document)
    return SimilarItem(
        label=report.label,
        confidence=report.confidence,
        differing_bits=bits,
        checked_on=report.created_at.date(),
    )


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
