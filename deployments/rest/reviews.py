"""Routes below `/v1/reviews`: an expert's queue, the item, the report. Only one's own reviews.

A review is a seat in a case. Nothing here tells who the customer is, nor, before the case is
settled, what another reviewer wrote or decided.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Path
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from clarity.cases import docket, portrayal, rules, writing
from clarity.cases import service as cases
from clarity.cases.messages import Decline, Draft, DraftVersion, Happening, OpenedReview, Review
from clarity.cases.rules import IllegalStep, NotYourReview
from clarity.cases.tables import CaseRow, ReviewRow
from clarity.cases.verdicts import VerdictBusy
from clarity.cases.writing import SavedMeanwhile, VersionNotFound
from clarity.experts import service as experts
from clarity.reports import service as reports
from clarity.reports.expertise import ExpertForm, ExpertReport, IncompleteReport
from clarity.reports.messages import Report
from clarity.scans.service import ScanNotFound
from deployments.rest import casework
from deployments.rest.access import MEMBER_ERRORS, Caller, Expert
from deployments.rest.conditions import PreconditionMissing, etag, version_of
from deployments.rest.files import NO_STORE
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])

ReviewId = Annotated[str, Path(description="as the queue names it", max_length=32)]
IfMatch = Annotated[
    str | None, Header(description='the version that you had, such as `"3"`; `"0"` at first')
]
ERRORS = (NotYourReview, *MEMBER_ERRORS, InvalidRequest, Unexpected)
WRITING = (NotYourReview, *BODY_ERRORS, *MEMBER_ERRORS, Unexpected)


@router.get("", summary="Your queue", responses=documented(*ERRORS))
def list_reviews(services: ServicesOf, caller: Expert) -> list[Review]:
    """What you hold, the one that is due first at the top; then what you have submitted."""
    with services.members.cases.read() as session:
        found = docket.reviews_for(session, caller.who.account_id)
        return [portrayal.describe_review(session, row, seat) for row, seat in found]


@router.get("/{review_id}", summary="A review", responses=documented(ScanNotFound, *ERRORS))
def read_review(review_id: ReviewId, services: ServicesOf, caller: Expert) -> OpenedReview:
    """The customer's words, the deadline, and the automatic report to look at beside the item."""
    with services.members.cases.read() as session:
        row, seat = docket.review(session, review_id, caller.who.account_id)
        told = portrayal.describe_review(session, row, seat)
    return OpenedReview(**told.model_dump(), report=automatic(services, row))


@router.post(
    "/{review_id}/start", summary="Begin a review", responses=documented(IllegalStep, *ERRORS)
)
def start_review(review_id: ReviewId, services: ServicesOf, caller: Expert) -> Review:
    """The customer sees that somebody is at work. Beginning twice is no error; saving a draft
    or opening the item begins too."""
    begin(services, caller, review_id)
    return _shown(services, caller, review_id)


@router.post(
    "/{review_id}/refusal",
    summary="Give a review back",
    responses=documented(IllegalStep, *WRITING),
)
def decline_review(
    review_id: ReviewId, body: Decline, services: ServicesOf, caller: Expert
) -> Review:
    """Another expert is asked. With a conflict of interest you get no case of this customer
    again. What you have written stays yours to read."""
    members, account = services.members, caller.who.account_id
    with members.cases.write() as session:
        row, seat = docket.review(session, review_id, account, lock=True)
        customer = row.customer_id
        cases.vacate(session, row, seat, Happening.DECLINED, actor=account, now=members.clock())
        case_id = row.id
    if body.reason == "conflict-of-interest":
        with members.experts.write() as session:
            experts.note_conflict(session, account, customer, now=members.clock())
    casework.advance(services, case_id)
    return _shown(services, caller, review_id)


@router.get("/{review_id}/draft", summary="What you have written", responses=documented(*ERRORS))
def read_draft(
    review_id: ReviewId, services: ServicesOf, caller: Expert, response: Response
) -> Draft:
    """The newest version, with what it lacks to be submitted. Its version is the `ETag`."""
    with services.members.cases.read() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id)
        draft = writing.draft(session, seat)
    response.headers["ETag"] = etag(draft.version)
    response.headers.update(NO_STORE)
    return draft


@router.put(
    "/{review_id}/draft",
    summary="Save what you have written",
    response_model=Draft,
    responses=documented(SavedMeanwhile, PreconditionMissing, IllegalStep, *WRITING),
)
def save_draft(
    review_id: ReviewId,
    form: ExpertForm,
    services: ServicesOf,
    caller: Expert,
    if_match: IfMatch = None,
) -> Response:
    """As often as you like; every save is a version of its own, and none is overwritten.

    Where another window saved first, the answer is 412 with the current form, the fields that
    it changed, and yours that would have been lost.
    """
    base, members = version_of(if_match), services.members
    begin(services, caller, review_id)
    with members.cases.write() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id, lock=True)
        draft = writing.save(session, seat, form, base=base, now=members.clock())
    headers = {**NO_STORE, "ETag": etag(draft.version)}
    return JSONResponse(draft.model_dump(mode="json"), headers=headers)


@router.get("/{review_id}/versions", summary="Every version", responses=documented(*ERRORS))
def list_versions(review_id: ReviewId, services: ServicesOf, caller: Expert) -> list[DraftVersion]:
    """Newest first, each with the fields that it changed."""
    with services.members.cases.read() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id)
        return writing.versions(session, seat)


@router.get(
    "/{review_id}/versions/{number}",
    summary="One version",
    responses=documented(VersionNotFound, *ERRORS),
)
def read_version(
    review_id: ReviewId,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    services: ServicesOf,
    caller: Expert,
) -> Draft:
    """As it was saved."""
    with services.members.cases.read() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id)
        return writing.version(session, seat, number)


@router.post(
    "/{review_id}/submission",
    summary="Submit your report",
    response_model=Review,
    responses=documented(
        SavedMeanwhile, PreconditionMissing, IncompleteReport, IllegalStep, VerdictBusy, *ERRORS
    ),
)
def submit_review(
    review_id: ReviewId, services: ServicesOf, caller: Expert, if_match: IfMatch = None
) -> Review:
    """The version in `If-Match`, for good. The last report that is needed settles the case."""
    version, members = version_of(if_match), services.members
    with members.cases.read() as session:
        row, _ = docket.review(session, review_id, caller.who.account_id)
    opinions = automatic(services, row).opinions

    def submit(session: Session) -> None:
        cases.submit(
            session,
            review_id,
            caller.who.account_id,
            version=version,
            opinions=opinions,
            key=services.archive.key,
            now=members.clock(),
        )

    members.cases.repeat(submit)
    casework.advance(services, row.id)
    return _shown(services, caller, review_id)


@router.get(
    "/{review_id}/reports",
    summary="The reports of a settled case",
    responses=documented(IllegalStep, *ERRORS),
)
def read_reports(review_id: ReviewId, services: ServicesOf, caller: Expert) -> list[ExpertReport]:
    """Your own as soon as it is submitted; the others' when the case is settled."""
    account = caller.who.account_id
    with services.members.cases.read() as session:
        row, _ = docket.review(session, review_id, account)
        matter = docket.matter_of(session, row)
        seats = [s for s in docket.reviews_of(session, row.id) if s.submitted_at is not None]
        seen = [s for s in seats if rules.may_read_report(matter, account, s.expert_id)]
        return [writing.report(session, row, seat) for seat in seen]


def begin(services: Services, caller: Caller, review_id: str) -> None:
    """Note that the expert is at work, and tell so at the first time."""
    members, account = services.members, caller.who.account_id
    members.cases.repeat(
        lambda session: cases.begin(session, review_id, account, now=members.clock())
    )
    casework.tell(services)


def own_review(services: Services, caller: Caller, review_id: str) -> tuple[CaseRow, ReviewRow]:
    """The caller's review; raises `NotYourReview`."""
    with services.members.cases.read() as session:
        return docket.review(session, review_id, caller.who.account_id)


def automatic(services: Services, row: CaseRow) -> Report:
    """The automatic report of a case; raises `ScanNotFound` once its customer erased it."""
    with services.archive.reports.read() as session:
        found = reports.find(session, row.media_digest, row.panel_digest)
    if found is None:
        raise ScanNotFound("The automatic report of this case is gone.")
    return found


def _shown(services: Services, caller: Caller, review_id: str) -> Review:
    row, seat = own_review(services, caller, review_id)
    with services.members.cases.read() as session:
        return portrayal.describe_review(session, row, seat)
