"""Routes below `/v1/admin` about experts and cases: for administrators only."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from clarity.accounts import administration, letters
from clarity.accounts import service as accounts
from clarity.accounts.messages import Role
from clarity.accounts.service import AccountNotFound
from clarity.audit.messages import Action
from clarity.cases import accuracy, custody, docket, portrayal
from clarity.cases import figures as work
from clarity.cases import letters as words
from clarity.cases import service as cases
from clarity.cases.docket import CaseNotFound
from clarity.cases.messages import (
    CaseState,
    Custody,
    ManagedCase,
    ModelAccuracy,
    Truth,
    TruthOrder,
)
from clarity.cases.rules import IllegalStep
from clarity.cases.verdicts import NotSettled
from clarity.experts import applications, earnings
from clarity.experts import service as experts
from clarity.experts.applications import ApplicationDecided, ApplicationNotFound
from clarity.experts.earnings import NothingEarned, PayoutRecordNotFound, PayoutRecordPaid
from clarity.experts.messages import (
    ApplicationState,
    ManagedApplication,
    ManagedExpert,
    ManagedExpertChange,
    PayoutPaid,
    PayoutRecord,
    Performance,
    Vetting,
)
from clarity.experts.service import NotAnExpert
from clarity.reports.expertise import Finding
from deployments.rest import casework
from deployments.rest.access import MEMBER_ERRORS, Administrator
from deployments.rest.administration import NotOneself
from deployments.rest.experts import figures
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import Unexpected, documented
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1/admin", tags=["experts and cases"])

ERRORS = (*MEMBER_ERRORS, *BODY_ERRORS, Unexpected)

AccountId = Annotated[str, Path(max_length=36)]
CaseId = Annotated[str, Path(max_length=32)]


@router.get("/experts/applications", summary="Applications", responses=documented(*ERRORS))
def list_applications(
    services: ServicesOf,
    caller: Administrator,  # noqa: ARG001
    state: ApplicationState | None = ApplicationState.SUBMITTED,
) -> list[ManagedApplication]:
    """Those that wait longest first, with names and credentials; two hundred at most."""
    with services.members.experts.read() as session:
        return applications.applications(session, state)


@router.post(
    "/experts/applications/{application_id}/decision",
    summary="Vet an applicant",
    responses=documented(
        ApplicationNotFound, ApplicationDecided, AccountNotFound, NotOneself, *ERRORS
    ),
)
def decide(
    application_id: Annotated[str, Path(max_length=32)],
    body: Vetting,
    services: ServicesOf,
    caller: Administrator,
) -> ManagedApplication:
    """Check the credentials first. Whoever is accepted becomes an expert at the next login, and
    is written to either way. Nobody vets themselves."""
    members, moment = services.members, services.members.clock()
    with members.experts.write() as session:
        made = applications.decide(
            session, application_id, body, by=caller.who.account_id, now=moment
        )
        if made.account_id == caller.who.account_id:
            raise NotOneself("This is your own application.")
    with members.accounts.write() as session:
        row = accounts.get(session, made.account_id)
        if body.accept and row.role != Role.ADMINISTRATOR:
            administration.set_role(session, made.account_id, Role.EXPERT)
        page = services.settings.page
        letter = words.vetted(row.email, page, accepted=body.accept, reason=body.reason)
        letters.post(session, letter, now=moment)
    action = Action.EXPERT_ACCEPTED if body.accept else Action.EXPERT_REFUSED
    _note(services, caller.who.account_id, action, made.account_id, made.id)
    casework.tend(services)
    return made


@router.get("/experts", summary="Every expert", responses=documented(*ERRORS))
def list_experts(services: ServicesOf, caller: Administrator) -> list[ManagedExpert]:  # noqa: ARG001
    """By pseudonym; retired ones too."""
    with services.members.experts.read() as session:
        return [experts.managed(session, row) for row in experts.everybody(session)]


@router.get("/experts/performance", summary="How experts work", responses=documented(*ERRORS))
def list_performance(services: ServicesOf, caller: Administrator) -> list[Performance]:  # noqa: ARG001
    """Time to answer, agreement with the other reviewer, with what was settled and with truth."""
    with services.members.experts.read() as session:
        names = {row.account_id: row.pseudonym for row in experts.everybody(session)}
    return [figures(services, account, name) for account, name in names.items()]


@router.patch(
    "/experts/{account_id}",
    summary="Change an expert",
    responses=documented(NotAnExpert, *ERRORS),
)
def change_expert(
    account_id: AccountId, body: ManagedExpertChange, services: ServicesOf, caller: Administrator
) -> ManagedExpert:
    """Fields, capacity, availability, retirement. Reviews that are held stay."""
    members = services.members
    with members.experts.write() as session:
        experts.change(session, account_id, body, now=members.clock())
        shown = experts.managed(session, experts.get(session, account_id))
    changed = ", ".join(sorted(body.model_dump(exclude_none=True)))
    _note(services, caller.who.account_id, Action.EXPERT_CHANGED, account_id, changed)
    return shown


@router.get(
    "/experts/{account_id}/payouts",
    summary="Pay-outs of an expert",
    responses=documented(*ERRORS),
)
def list_payouts(
    account_id: AccountId,
    services: ServicesOf,
    caller: Administrator,  # noqa: ARG001
) -> list[PayoutRecord]:
    """Newest first, due and paid."""
    with services.members.experts.read() as session:
        return earnings.payouts(session, account_id)


@router.post(
    "/experts/{account_id}/payouts",
    status_code=201,
    summary="Gather an expert's earnings into a pay-out",
    responses=documented(NothingEarned, *ERRORS),
)
def open_payout(account_id: AccountId, services: ServicesOf, caller: Administrator) -> PayoutRecord:
    """Everything that is not part of one yet. It is due until a payment is noted."""
    members, by = services.members, caller.who.account_id
    with members.experts.write() as session:
        made = earnings.open_payout(session, account_id, by=by, now=members.clock())
    _note(services, by, Action.PAYOUT_OPENED, account_id, made.id)
    return made


@router.put(
    "/experts/{account_id}/payouts/{payout_id}",
    summary="Note that a pay-out was paid",
    responses=documented(PayoutRecordNotFound, PayoutRecordPaid, *ERRORS),
)
def note_payout(
    account_id: AccountId,
    payout_id: Annotated[str, Path(max_length=32)],
    body: PayoutPaid,
    services: ServicesOf,
    caller: Administrator,
) -> PayoutRecord:
    """With the payment's reference, such as the answer of `POST /v1/payouts`."""
    members = services.members
    with members.experts.write() as session:
        made = earnings.note_paid(
            session, account_id, payout_id, body.reference, now=members.clock()
        )
    _note(services, caller.who.account_id, Action.PAYOUT_PAID, account_id, payout_id)
    return made


@router.get("/cases", summary="Everybody's cases", responses=documented(*ERRORS))
def list_cases(
    services: ServicesOf,
    caller: Administrator,  # noqa: ARG001
    state: CaseState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[ManagedCase]:
    """Those that are due first."""
    with services.members.cases.read() as session:
        rows = docket.all_cases(session, state=state, limit=limit)
        return [portrayal.describe_managed(session, row) for row in rows]


@router.get("/cases/{case_id}", summary="A case", responses=documented(CaseNotFound, *ERRORS))
def read_case(case_id: CaseId, services: ServicesOf, caller: Administrator) -> ManagedCase:  # noqa: ARG001
    """With its customer, its experts and its whole history."""
    with services.members.cases.read() as session:
        return portrayal.describe_managed(session, docket.get(session, case_id))


@router.get(
    "/cases/{case_id}/custody",
    summary="Who had the item in hand",
    responses=documented(CaseNotFound, *ERRORS),
)
def read_custody(case_id: CaseId, services: ServicesOf, caller: Administrator) -> Custody:  # noqa: ARG001
    """The chain of a case, checked on reading."""
    with services.members.cases.read() as session:
        docket.get(session, case_id)
        return custody.custody(session, case_id)


@router.put(
    "/cases/{case_id}/reviews/{account_id}",
    summary="Assign an expert by hand",
    responses=documented(CaseNotFound, NotAnExpert, IllegalStep, *ERRORS),
)
def assign(
    case_id: CaseId, account_id: AccountId, services: ServicesOf, caller: Administrator
) -> ManagedCase:
    """To a vacant seat, whatever load and fields say. Never to the customer, nor to somebody who
    has or had a seat, nor against a conflict of interest."""
    members, moment = services.members, services.members.clock()
    with members.experts.read() as session:
        expert = experts.get(session, account_id)
        against = experts.conflicts(session, account_id)
    with members.cases.write() as session:
        row = docket.get(session, case_id, lock=True)
        if row.customer_id in against or expert.retired_at is not None:
            raise IllegalStep("This expert is retired, or has a conflict of interest.")
        by = caller.who.account_id
        cases.assign(session, row, account_id, expert.pseudonym, actor=by, now=moment)
    with members.experts.write() as session:
        experts.note_assigned(session, account_id, now=moment)
    casework.tell(services)
    with members.cases.read() as session:
        return portrayal.describe_managed(session, docket.get(session, case_id))


@router.get(
    "/models/accuracy", summary="Live accuracy of the models", responses=documented(*ERRORS)
)
def read_accuracy(services: ServicesOf, caller: Administrator) -> list[ModelAccuracy]:  # noqa: ARG001
    """Every release of every model against what experts settled while it was at work."""
    with services.members.cases.read() as session:
        return accuracy.live(session)


@router.put(
    "/items/{media}/truth",
    summary="Note what became known of an item",
    responses=documented(NotSettled, *ERRORS),
)
def note_truth(
    media: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the item")],
    body: TruthOrder,
    services: ServicesOf,
    caller: Administrator,
) -> Truth:
    """Of an item that experts settled. Experts and models are measured by it from then on; the
    signed verdict stays what it is."""
    members, by = services.members, caller.who.account_id
    with members.cases.write() as session:
        row = work.note_truth(
            session, media, Finding(body.decision), body.grounds, by=by, now=members.clock()
        )
        told = Truth(
            media=media,
            decision=Finding(row.decision),
            grounds=row.grounds,
            noted_at=row.noted_at,
        )
    _note(services, by, Action.TRUTH_NOTED, media, body.decision.value)
    return told


def _note(services: Services, actor: str, action: Action, subject: str, detail: str) -> None:
    services.members.note(action, actor=actor, subject=subject, detail=detail)
