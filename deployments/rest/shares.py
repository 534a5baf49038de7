"""Routes of links to reports: made below a scan by its owner, opened below `/v1/shares`."""

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse, Response

from clarity.clock import now
from clarity.reports import sharing
from clarity.reports.messages import Report, Share, SharedReport, ShareOrder
from clarity.reports.pdf.render import PdfFailed
from clarity.reports.service import ImageNotFound
from clarity.reports.sharing import ShareNotFound, TooManyShares
from clarity.scans.service import ScanNotFound
from clarity.scans.tables import ScanRow
from clarity.storage import ObjectDamaged, ObjectMissing
from deployments.rest.access import ANYONE_ERRORS, OPEN, STRANGER_ERRORS, Anyone, Caller
from deployments.rest.files import NO_STORE, report_json, report_pdf, report_picture
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.scans import ReportNotReady, ScanId, readable
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1", tags=["shares"])

Token = Annotated[str, Path(description="as it was told when the link was made", max_length=64)]
ShareId = Annotated[str, Path(description="as the list of links names it", max_length=16)]


@router.post(
    "/scans/{scan_id}/shares",
    status_code=201,
    summary="Make a link to the report",
    response_model=Share,
    responses=documented(
        ScanNotFound,
        ReportNotReady,
        TooManyShares,
        *BODY_ERRORS,
        *ANYONE_ERRORS,
        Unexpected,
    ),
)
def create_share(
    scan_id: ScanId, order: ShareOrder, services: ServicesOf, caller: Anyone
) -> Response:
    """A link that shows this report and nothing else, for some hours, a week unless told.

    The answer tells the token once: it is not kept and cannot be told again.
    """
    row = _finished(services, scan_id, caller)
    with services.archive.reports.write() as session:
        share = sharing.create(
            session,
            media_digest=row.media_digest or "",
            panel_digest=row.panel_digest or "",
            owner=scan_id,
            source=row.source,
            life=timedelta(hours=order.hours),
            now=now(),
            secret=_secret(services),
        )
    headers = {**NO_STORE, "Location": f"/v1/scans/{scan_id}/shares/{share.id}"}
    return JSONResponse(share.model_dump(mode="json"), status_code=201, headers=headers)


@router.get(
    "/scans/{scan_id}/shares",
    summary="The links to a report",
    response_model=list[Share],
    responses=documented(ScanNotFound, InvalidRequest, *ANYONE_ERRORS, Unexpected),
)
def list_shares(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """Links that were made from this scan, newest first, with their ends; without tokens."""
    readable(services, scan_id, caller)
    with services.archive.reports.read() as session:
        found = sharing.shares(session, scan_id)
    return JSONResponse([share.model_dump(mode="json") for share in found], headers=NO_STORE)


@router.delete(
    "/scans/{scan_id}/shares/{share_id}",
    status_code=204,
    summary="Revoke a link",
    response_class=Response,
    responses=documented(ScanNotFound, ShareNotFound, InvalidRequest, *ANYONE_ERRORS, Unexpected),
)
def revoke_share(
    scan_id: ScanId, share_id: ShareId, services: ServicesOf, caller: Anyone
) -> Response:
    """From this moment the link opens nothing. What was downloaded by it is out of reach."""
    readable(services, scan_id, caller)
    with services.archive.reports.write() as session:
        sharing.revoke(session, scan_id, share_id, now=now())
    return Response(status_code=204, headers=NO_STORE)


@router.get(
    "/shares/{token}",
    summary="A report that was shared",
    dependencies=OPEN,
    response_model=SharedReport,
    responses=documented(ShareNotFound, InvalidRequest, *STRANGER_ERRORS, Unexpected),
)
def read_shared(token: Token, services: ServicesOf) -> Response:
    """The report and the item's name. The media, the scan and other links stay out of reach."""
    shown, _ = _opened(services, token)
    return JSONResponse(shown.model_dump(mode="json"), headers=NO_STORE)


@router.get(
    "/shares/{token}/report.json",
    summary="A shared report as a file",
    dependencies=OPEN,
    response_model=Report,
    responses=documented(ShareNotFound, InvalidRequest, *STRANGER_ERRORS, Unexpected),
)
def read_shared_json(token: Token, services: ServicesOf) -> Response:
    """The report alone."""
    return report_json(_opened(services, token)[0].report)


@router.get(
    "/shares/{token}/report.pdf",
    summary="A shared report on paper",
    dependencies=OPEN,
    response_class=Response,
    responses={
        200: {"description": "The report, tagged and sealed.", "content": {"application/pdf": {}}},
        **documented(
            ShareNotFound,
            ImageNotFound,
            ObjectMissing,
            InvalidRequest,
            ObjectDamaged,
            PdfFailed,
            *STRANGER_ERRORS,
            Unexpected,
        ),
    },
)
async def read_shared_pdf(token: Token, services: ServicesOf) -> Response:
    """The same file as its owner gets."""
    shown, panel = await asyncio.to_thread(_opened, services, token)
    return await report_pdf(services, shown.report, source=shown.source, panel=panel)


@router.get(
    "/shares/{token}/images/{name}",
    summary="A picture of a shared report",
    dependencies=OPEN,
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {"image/png": {}, "image/jpeg": {}}},
        **documented(
            ShareNotFound,
            ImageNotFound,
            ObjectMissing,
            InvalidRequest,
            ObjectDamaged,
            *STRANGER_ERRORS,
            Unexpected,
        ),
    },
)
def read_shared_image(
    token: Token,
    name: Annotated[str, Path(description="as the report names it", max_length=128)],
    services: ServicesOf,
) -> Response:
    """Face, heat map or whole frame. Not cached: a link may be revoked at any moment."""
    shown, panel = _opened(services, token)
    answer = report_picture(services, shown.report.media.digest, panel, name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _opened(services: Services, token: str) -> tuple[SharedReport, str]:
    with services.archive.reports.read() as session:
        return sharing.opened(session, token, now=now(), secret=_secret(services))


def _finished(services: Services, scan_id: str, caller: Caller) -> ScanRow:
    row = readable(services, scan_id, caller)
    if row.panel_digest is None:
        raise ReportNotReady("This scan has no report that could be shared.")
    return row


def _secret(services: Services) -> str:
    return services.settings.secret_key.get_secret_value()
