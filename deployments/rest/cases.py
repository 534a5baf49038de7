"""Routes below `/v1/cases`: what a customer asks of experts, and what comes of it."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from clarity.cases import custody, docket, portrayal, verdicts
from clarity.cases import service as cases
from clarity.cases.docket import CaseNotFound
from clarity.cases.messages import Case, CaseOrder, Custody
from clarity.cases.rules import IllegalStep
from clarity.cases.service import CaseOpenAlready, ItemSettled, Opening
from clarity.cases.verdicts import NotSettled
from clarity.errors import ClarityError
from clarity.reports.messages import Report
from clarity.reports.settled import SignedVerdict
from clarity.scans.service import ScanNotFound
from clarity.scans.tables import ScanRow
from deployments.rest import casework
from deployments.rest.access import ANYONE_ERRORS, MEMBER_ERRORS, Anyone, Caller, Member
from deployments.rest.entitlements import ExpertNotIncluded, pays_for_expert
from deployments.rest.files import NO_STORE
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.scans import ReportNotReady, ScanId, readable
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1", tags=["cases"])

CaseId = Annotated[str, Path(description="as `POST /v1/cases` gave it", max_length=32)]
ERRORS = (*MEMBER_ERRORS, InvalidRequest, Unexpected)
WRITING = (*BODY_ERRORS, *MEMBER_ERRORS, Unexpected)


class NotKept(ClarityError):
    """The item is removed an hour after its verdict, so no expert could look at it."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "not-kept"
    hint = "Switch zero retention off in your account and hand the item in again."


@router.post(
    "/cases",
    status_code=201,
    summary="Ask an expert, or disagree",
    response_model=Case,
    responses=documented(
        ScanNotFound,
        ReportNotReady,
        NotKept,
        CaseOpenAlready,
        ItemSettled,
        ExpertNotIncluded,
        *WRITING,
    ),
)
def open_case(order: CaseOrder, services: ServicesOf, caller: Member) -> Response:
    """About a finished scan of yours. A request has one reviewer, a dispute two independent ones.

    An item has one live case of a customer: asking twice is answered with 409.
    """
    scan, report = _judged(services, caller, order.scan_id)
    members = services.members

    def work(session: Session) -> str:
        paid_by, term = pays_for_expert(services, caller, session)
        opening = Opening(
            customer=caller.who.account_id,
            kind=order.kind,
            scan_id=scan.id,
            source=scan.source,
            media=report.media.digest,
            media_kind=report.media.kind,
            panel=scan.panel_digest or "",
            automatic=report.label,
            reason=order.words,
            suspects=order.suspects,
            paid_by=paid_by,
            term=term,
        )
        return cases.open_case(session, opening, now=members.clock()).id

    case_id = members.cases.repeat(work)
    casework.advance(services, case_id)
    headers = {**NO_STORE, "Location": f"/v1/cases/{case_id}"}
    shown = _shown(services, case_id)
    return JSONResponse(shown.model_dump(mode="json"), status_code=201, headers=headers)


@router.get("/cases", summary="Your cases", responses=documented(*ERRORS))
def list_cases(
    services: ServicesOf,
    caller: Member,
    scan_id: Annotated[str, Query(max_length=64, description="only those about this scan")] = "",
) -> list[Case]:
    """Newest first, two hundred at most."""
    with services.members.cases.read() as session:
        rows = docket.cases_of(session, caller.who.account_id, scan_id=scan_id)
        return [portrayal.describe(session, row) for row in rows]


@router.get(
    "/cases/{case_id}", summary="A case as it stands", responses=documented(CaseNotFound, *ERRORS)
)
def read_case(case_id: CaseId, services: ServicesOf, caller: Member) -> Case:
    """Its state, who reviews it by which pseudonym, what has happened, and the decision."""
    with services.members.cases.read() as session:
        row = docket.own(session, case_id, caller.who.account_id)
        return portrayal.describe(session, row)


@router.post(
    "/cases/{case_id}/withdrawal",
    summary="Withdraw a case",
    responses=documented(CaseNotFound, IllegalStep, *ERRORS),
)
def withdraw_case(case_id: CaseId, services: ServicesOf, caller: Member) -> Case:
    """Until it is settled. Before an expert has begun it costs nothing."""
    members = services.members
    with members.cases.write() as session:
        cases.withdraw(session, case_id, caller.who.account_id, now=members.clock())
    casework.tell(services)
    return _shown(services, case_id)


@router.get(
    "/cases/{case_id}/custody",
    summary="Who had the item in hand",
    responses=documented(CaseNotFound, *ERRORS),
)
def read_custody(case_id: CaseId, services: ServicesOf, caller: Member) -> Custody:
    """Every look at the item and every download of it, chained, and checked on reading."""
    with services.members.cases.read() as session:
        docket.own(session, case_id, caller.who.account_id)
        return custody.custody(session, case_id)


@router.get(
    "/cases/{case_id}/verdict.json",
    summary="The settled verdict",
    responses=documented(CaseNotFound, NotSettled, *ERRORS),
)
def read_verdict(case_id: CaseId, services: ServicesOf, caller: Member) -> SignedVerdict:
    """Signed with the evidence key; its digest stands in the evidence log."""
    with services.members.cases.read() as session:
        docket.own(session, case_id, caller.who.account_id)
        return verdicts.of_case(session, case_id)


@router.get(
    "/scans/{scan_id}/verdict",
    summary="What experts settled about the item",
    responses=documented(ScanNotFound, NotSettled, InvalidRequest, *ANYONE_ERRORS, Unexpected),
)
def read_item_verdict(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> SignedVerdict:
    """The newest verdict on the very same file, whoever asked for it. It names no customer."""
    row = readable(services, scan_id, caller)
    with services.members.cases.read() as session:
        found = verdicts.latest(session, row.media_digest or "")
        if found is None:
            raise NotSettled("No expert has settled this item.")
        return verdicts.signed_verdict(found)


def _shown(services: Services, case_id: str) -> Case:
    with services.members.cases.read() as session:
        return portrayal.describe(session, docket.get(session, case_id))


def _judged(services: Services, caller: Caller, scan_id: str) -> tuple[ScanRow, Report]:
    """The caller's own finished scan, with the report as it is stored."""
    row = readable(services, scan_id, caller)
    if row.account_id != caller.who.account_id:
        raise ScanNotFound(
            "There is no such scan of yours.",
            hint="Hand the item in while you are logged in; then it is yours.",
        )
    if row.fleeting:
        raise NotKept("This scan is not kept.")
    scan = services.archive.describe(row)
    if scan.report is None:
        raise ReportNotReady("This scan has no report that could be asked about.")
    return row, scan.report
