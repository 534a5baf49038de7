"""Routes below `/v1/scans`."""

import asyncio
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from clarity.accounts.messages import Role
from clarity.accounts.sessions import Identity
from clarity.customers.messages import Kind
from clarity.errors import ClarityError
from clarity.media.sniff import EmptyFile, UnsupportedMedia
from clarity.reports import service as reports
from clarity.reports.messages import Report, SimilarItem
from clarity.reports.pdf.render import PdfFailed
from clarity.reports.service import ImageNotFound
from clarity.scans.messages import Scan
from clarity.scans.places import FreeLaneFull
from clarity.scans.service import KeyReused, ScanNotFound
from clarity.scans.tables import ScanRow
from clarity.storage import ObjectDamaged, ObjectMissing
from deployments.rest import examples
from deployments.rest.access import ANYONE_ERRORS, Anyone, Caller
from deployments.rest.entitlements import QuotaUsedUp
from deployments.rest.events import is_finished, progress, wait_for
from deployments.rest.files import NO_STORE, report_json, report_pdf, report_picture
from deployments.rest.preferences import wait_seconds
from deployments.rest.problems import (
    BadRequest,
    InvalidRequest,
    Unexpected,
    document_response,
    documented,
)
from deployments.rest.services import Services, ServicesOf
from deployments.rest.submissions import UnsupportedBody, submit
from deployments.rest.uploads import UploadBroken, UploadStalled, UploadTooLarge

router = APIRouter(prefix="/v1/scans", tags=["scans"])

ScanId = Annotated[str, Path(description="as `POST /v1/scans` gave it", max_length=64)]


class ReportNotReady(ClarityError):
    """The scan is not finished, so there is no report yet."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "report-not-ready"
    hint = "Follow /v1/scans/{id}/events, or ask again in a second."
    retry_after = 1


def _answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    texts = {
        200: ("Finished: done with a report, or failed with a problem.", examples.DONE_SCAN),
        202: ("Accepted; Location says where it is.", examples.QUEUED_SCAN),
    }
    return {
        code: {
            "description": texts[code][0],
            "model": Scan,
            "content": {"application/json": {"example": texts[code][1]}},
        }
        for code in codes
    }


@router.post(
    "",
    status_code=202,
    summary="Scan an image, a video or a post",
    openapi_extra=examples.SUBMISSION,
    responses={
        **_answers(200, 202),
        **documented(
            BadRequest,
            UploadBroken,
            EmptyFile,
            UploadStalled,
            UploadTooLarge,
            UnsupportedBody,
            UnsupportedMedia,
            InvalidRequest,
            KeyReused,
            FreeLaneFull,
            QuotaUsedUp,
            *ANYONE_ERRORS,
            Unexpected,
        ),
    },
)
async def create_scan(
    request: Request,
    services: ServicesOf,
    caller: Anyone,
    prefer: Annotated[
        str | None, Header(description="`wait=N`: answer with the finished scan (RFC 7240)")
    ] = None,
    idempotency_key: Annotated[
        str | None, Header(description="repeat the request safely: same key, same scan")
    ] = None,
) -> Response:
    """Hand in a file (`multipart/form-data`, field `file`) or a URL (JSON).

    The scan is safely written down before the answer: 202 with its address, or 200 with the
    finished scan when the item was seen before or `Prefer: wait=N` was long enough.
    """
    accepted = await submit(request, services, idempotency_key, caller)
    scan = await asyncio.to_thread(services.archive.describe, accepted.row)
    if caller.identity is not None:
        await asyncio.to_thread(_record, services, caller.identity, accepted.row)
    headers = {
        "Location": f"/v1/scans/{scan.id}",
        "Server-Timing": f"gateway;dur={accepted.milliseconds:.1f}",
        **NO_STORE,
    }
    wait = wait_seconds(prefer, services.settings.longest_wait_seconds)
    if wait is not None:
        headers["Preference-Applied"] = f"wait={wait:g}"
        scan = await wait_for(services.archive, scan.id, wait)
    status = 200 if is_finished(scan) else 202
    return JSONResponse(scan.model_dump(mode="json"), status_code=status, headers=headers)


@router.get(
    "/{scan_id}",
    summary="A scan as it stands",
    response_model=Scan,
    responses={
        **_answers(200),
        **documented(ScanNotFound, InvalidRequest, *ANYONE_ERRORS, Unexpected),
    },
)
def read_scan(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """State, stage and fraction; the report when done, the problem when failed."""
    scan = services.archive.describe(readable(services, scan_id, caller))
    return JSONResponse(scan.model_dump(mode="json"), headers=NO_STORE)


@router.get(
    "/{scan_id}/events",
    summary="A scan's progress as server-sent events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events named `scan`, each with the whole scan, until it is finished.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": examples.EVENT_STREAM,
                }
            },
        },
        **documented(ScanNotFound, InvalidRequest, *ANYONE_ERRORS, Unexpected),
    },
)
async def follow_scan(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """One event at once, one whenever something changes, the last one with the result."""
    await asyncio.to_thread(readable, services, scan_id, caller)
    return StreamingResponse(
        progress(services.archive, scan_id),
        media_type="text/event-stream",
        headers={**NO_STORE, "X-Accel-Buffering": "no"},
    )


@router.get(
    "/{scan_id}/report.json",
    summary="The report as a file",
    response_model=Report,
    responses={
        200: {
            "description": "The report.",
            "content": {"application/json": {"example": examples.REPORT}},
        },
        **documented(ScanNotFound, ReportNotReady, InvalidRequest, *ANYONE_ERRORS, Unexpected),
        "4XX": {"description": "The scan failed: its own problem, with that problem's status."},
    },
)
def read_report(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """The report alone. A failed scan answers with its problem instead."""
    row = readable(services, scan_id, caller)
    scan = services.archive.describe(row)
    if scan.problem is not None:
        return document_response(scan.problem)
    answer = report_json(_finished(scan))
    _record_reading(services, caller, row)
    return answer


@router.get(
    "/{scan_id}/report.pdf",
    summary="The report on paper",
    response_class=Response,
    responses={
        200: {"description": "The report, tagged and sealed.", "content": {"application/pdf": {}}},
        **documented(
            ScanNotFound,
            ImageNotFound,
            ReportNotReady,
            InvalidRequest,
            ObjectMissing,
            ObjectDamaged,
            PdfFailed,
            *ANYONE_ERRORS,
            Unexpected,
        ),
        "4XX": {"description": "The scan failed: its own problem, with that problem's status."},
    },
)
async def read_report_pdf(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """For printing and for court: accessible, sealed against changes, its receipt inside.

    `clarity verify` checks it offline.
    """
    row = await asyncio.to_thread(readable, services, scan_id, caller)
    scan = await asyncio.to_thread(services.archive.describe, row)
    if scan.problem is not None:
        return document_response(scan.problem)
    report = _finished(scan)
    answer = await report_pdf(services, report, source=scan.source, panel=row.panel_digest or "")
    await asyncio.to_thread(_record_reading, services, caller, row)
    return answer


def _finished(scan: Scan) -> Report:
    if scan.report is None:
        raise ReportNotReady("This scan is not finished.")
    return scan.report


@router.get(
    "/{scan_id}/similar",
    summary="Similar items that were checked before",
    response_model=list[SimilarItem],
    responses=documented(ScanNotFound, InvalidRequest, *ANYONE_ERRORS, Unexpected),
)
def read_similar(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """Other files that look alike, by a perceptual hash; the most alike first, five at most.

    Similar is not the same: a forged copy looks like its original. No verdict follows from it.
    """
    row = readable(services, scan_id, caller)
    with services.archive.reports.read() as session:
        found = reports.similar(session, row.media_digest or "", row.panel_digest or "")
    return JSONResponse([item.model_dump(mode="json") for item in found], headers=NO_STORE)


@router.get(
    "/{scan_id}/images/{name}",
    summary="A picture of the report",
    response_class=Response,
    responses={
        200: {
            "description": "The picture.",
            "content": {"image/png": {}, "image/jpeg": {}},
        },
        **documented(
            ScanNotFound,
            ImageNotFound,
            ObjectMissing,
            InvalidRequest,
            ObjectDamaged,
            *ANYONE_ERRORS,
            Unexpected,
        ),
    },
)
def read_image(
    scan_id: ScanId,
    name: Annotated[str, Path(description="as the report names it", max_length=128)],
    services: ServicesOf,
    caller: Anyone,
) -> Response:
    """Face, heat map or whole frame, as the report's list of people names them."""
    row = readable(services, scan_id, caller)
    return report_picture(services, row.media_digest or "", row.panel_digest or "", name=name)


def _record(services: Services, who: Identity, row: ScanRow) -> None:
    # With zero retention the name goes with the scan, so it is not written down here either.
    words = f"You handed in {'an item' if row.fleeting else row.source}."
    once = f"scan {row.id}"
    services.members.record(who.account_id, Kind.SCAN, row.id, words, once_key=once)


def _record_reading(services: Services, caller: Caller, row: ScanRow) -> None:
    if caller.identity is not None:
        words = f"You downloaded the report on {'an item' if row.fleeting else row.source}."
        services.members.record(caller.identity.account_id, Kind.QUERY, row.id, words)


def readable(services: Services, scan_id: str, caller: Caller) -> ScanRow:
    """The scan, if the caller may read it; raises `ScanNotFound`.

    A scan without an owner is open to whoever knows its identifier. Of somebody else's scan
    the caller is not even told that it exists.
    """
    row = services.archive.row(scan_id)
    if row.account_id is None:
        return row
    who = caller.identity
    if who is not None and (who.account_id == row.account_id or who.role is Role.ADMINISTRATOR):
        return row
    raise ScanNotFound("There is no such scan.")
