"""A report as files: JSON, PDF, its pictures. For its owner and for those it was shared with."""

import asyncio
import mimetypes
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from fastapi.responses import Response

from clarity.detectors.card import Card
from clarity.evidence import service as evidence
from clarity.evidence.messages import SignedReceipt
from clarity.evidence.service import ReceiptMissing
from clarity.reports import service as reports
from clarity.reports.messages import Report
from clarity.reports.pdf.render import render
from clarity.reports.settled import CaseReport
from clarity.scans.archive import Archive
from deployments.rest.problems import NotReady
from deployments.rest.services import Services

NO_STORE = {"Cache-Control": "no-store"}

AT_ONCE = 2
"""PDFs made at the same time in one process. Who asks for more waits, and holds no thread that
another request needs."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def report_json(report: Report) -> Response:
    """The report as it is stored."""
    return Response(
        report.model_dump_json(indent=2),
        media_type="application/json",
        headers=_attachment(report, "json"),
    )


async def report_pdf(
    services: Services,
    report: Report,
    *,
    source: str,
    panel: str,
    case: CaseReport | None = None,
) -> Response:
    """The report as a sealed PDF, with what experts settled where a case is given.

    Raises:
        PdfFailed: it cannot be set.
        ObjectMissing, ObjectDamaged: a picture of it is gone.
    """
    cards = await _cards(services)
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        pdf = await asyncio.to_thread(
            _pdf, services.archive, report, source=source, panel=panel, cards=cards, case=case
        )
    return Response(pdf, media_type="application/pdf", headers=_attachment(report, "pdf"))


def report_picture(services: Services, media: str, panel: str, *, name: str) -> Response:
    """A picture of the report of these media by this panel; raises `ImageNotFound`."""
    with services.archive.reports.read() as session:
        digest = reports.image_digest(session, media, panel, name)
    return Response(
        services.archive.store.get(digest),
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        headers={"Cache-Control": "private, max-age=86400, immutable", "ETag": f'"{digest}"'},
    )


def _attachment(report: Report, suffix: str) -> dict[str, str]:
    name = f"clarity-{report.media.digest[:12]}.{suffix}"
    return {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}


async def _cards(services: Services) -> Mapping[str, Card]:
    try:
        return await services.catalogue.cards()
    except NotReady:
        return {}  # a report is readable without titles and limits of its models


def _pdf(
    archive: Archive,
    report: Report,
    *,
    source: str,
    panel: str,
    cards: Mapping[str, Card],
    case: CaseReport | None,
) -> bytes:
    images = _pictures(archive, report, panel)
    receipt = _receipt(archive, report, panel)
    return render(
        report,
        source=source,
        images=images,
        cards=cards,
        receipt=receipt,
        key=archive.key,
        case=case,
    )


def _pictures(archive: Archive, report: Report, panel: str) -> dict[str, bytes]:
    names = [
        name
        for person in report.people
        for name in (person.face_image, person.heat_image, person.frame_image)
    ]
    with archive.reports.read() as session:
        digests = {
            name: reports.image_digest(session, report.media.digest, panel, name) for name in names
        }
    return {name: archive.store.get(digest) for name, digest in digests.items()}


def _receipt(archive: Archive, report: Report, panel: str) -> SignedReceipt | None:
    with archive.reports.read() as session:
        digest = reports.receipt_digest(session, report.media.digest, panel)
    try:
        with archive.evidence.read() as session:
            return evidence.find(session, digest or "")
    except ReceiptMissing:
        return None  # a report of old, or a receipt that its owner had erased
