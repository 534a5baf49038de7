"""What came of a case, for its customer: as data, on paper, with attachments, as a table."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from clarity.cases import docket, portrayal, verdicts, writing
from clarity.cases.docket import CaseNotFound
from clarity.cases.history import as_csv
from clarity.cases.verdicts import NotSettled
from clarity.cases.writing import AttachmentNotFound
from clarity.customers.messages import Kind
from clarity.reports.pdf.render import PdfFailed
from clarity.reports.rules import coarse_report
from clarity.reports.service import ImageNotFound
from clarity.reports.settled import CaseReport
from clarity.scans.service import ScanNotFound
from clarity.storage import ObjectDamaged, ObjectMissing
from deployments.rest.access import Caller, Member
from deployments.rest.cases import ERRORS, CaseId
from deployments.rest.files import NO_STORE, report_pdf
from deployments.rest.problems import documented
from deployments.rest.review_files import attachment_file
from deployments.rest.reviews import automatic
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.get(
    "/{case_id}/report.json",
    summary="Everything that came of a case",
    response_model=CaseReport,
    responses=documented(CaseNotFound, NotSettled, ScanNotFound, *ERRORS),
)
def read_case_report(case_id: CaseId, services: ServicesOf, caller: Member) -> Response:
    """The signed verdict, the experts' reports, and the automatic report beside them."""
    told, _ = case_report(services, caller, case_id)
    name = f'attachment; filename="clarity-case-{case_id[:12]}.json"'
    return Response(
        told.model_dump_json(indent=2),
        media_type="application/json",
        headers={**NO_STORE, "Content-Disposition": name},
    )


@router.get(
    "/{case_id}/report.pdf",
    summary="The experts' report on paper",
    response_class=Response,
    responses={
        200: {"description": "The report, tagged and sealed.", "content": {"application/pdf": {}}},
        **documented(
            CaseNotFound,
            NotSettled,
            ScanNotFound,
            ImageNotFound,
            ObjectMissing,
            ObjectDamaged,
            PdfFailed,
            *ERRORS,
        ),
    },
)
async def read_case_pdf(case_id: CaseId, services: ServicesOf, caller: Member) -> Response:
    """The automatic report with the experts' beside it; sealed, the verdict inside.

    `clarity verify` checks it offline.
    """
    told, panel = await asyncio.to_thread(case_report, services, caller, case_id)
    answer = await report_pdf(services, told.automatic, source=told.source, panel=panel, case=told)
    words = f"You downloaded the experts' report on {told.source[:120]}."
    record = services.members.record
    await asyncio.to_thread(record, caller.who.account_id, Kind.REPORT, case_id, words)
    return answer


@router.get(
    "/{case_id}/attachments/{attachment_id}",
    summary="An attachment of an expert's report",
    response_class=Response,
    responses={
        200: {"description": "The file.", "content": {"*/*": {}}},
        **documented(
            CaseNotFound, NotSettled, AttachmentNotFound, ObjectMissing, ObjectDamaged, *ERRORS
        ),
    },
)
def read_case_attachment(
    case_id: CaseId,
    attachment_id: Annotated[str, Path(max_length=32)],
    services: ServicesOf,
    caller: Member,
) -> Response:
    """Of a report that is part of the settled verdict."""
    with services.members.cases.read() as session:
        row = docket.own(session, case_id, caller.who.account_id)
        verdicts.of_case(session, row.id)
        seats = [s for s in docket.reviews_of(session, row.id) if s.submitted_at is not None]
        found = writing.attachment_among(session, seats, attachment_id)
    return attachment_file(services, found)


@router.get(
    "/export/history.csv",
    summary="The history of your cases as a table",
    response_class=Response,
    responses={
        200: {"description": "The table.", "content": {"text/csv": {}}},
        **documented(*ERRORS),
    },
)
def export_history(services: ServicesOf, caller: Member) -> Response:
    """A line for every step of every case, oldest first (RFC 4180)."""
    with services.members.cases.read() as session:
        rows = docket.cases_of(session, caller.who.account_id, limit=10_000)
        content = as_csv([portrayal.describe(session, row) for row in rows[::-1]])
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="clarity-cases.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def case_report(services: Services, caller: Caller, case_id: str) -> tuple[CaseReport, str]:
    """What came of the caller's settled case, and the panel of its automatic report.

    Raises:
        CaseNotFound, NotSettled, ScanNotFound: there is no such thing.
    """
    with services.members.cases.read() as session:
        row = docket.own(session, case_id, caller.who.account_id)
        signed = verdicts.of_case(session, row.id)
        seats = [s for s in docket.reviews_of(session, row.id) if s.submitted_at is not None]
        written = [writing.report(session, row, seat) for seat in seats]
    report, digits = automatic(services, row), services.archive.digits
    told = CaseReport(
        case=row.id,
        source=row.source,
        signed=signed,
        expert_reports=written,
        automatic=report if digits is None else coarse_report(report, digits),
    )
    return told, row.panel_digest
