"""Routes below `/v1/experts`: to apply, and for experts to see how they stand."""

from fastapi import APIRouter

from clarity.audit.messages import Action
from clarity.cases import figures as work
from clarity.experts import applications, earnings
from clarity.experts import service as experts
from clarity.experts.applications import AlreadyApplied
from clarity.experts.messages import (
    Application,
    ApplicationOrder,
    Dashboard,
    Earning,
    Expert,
    ExpertChange,
    ManagedExpertChange,
    Performance,
)
from clarity.experts.rules import performance
from clarity.experts.service import NotAnExpert
from deployments.rest.access import MEMBER_ERRORS, Member
from deployments.rest.access import Expert as ExpertCaller
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import Unexpected, documented
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1/experts", tags=["experts"])

ERRORS = (*MEMBER_ERRORS, *BODY_ERRORS, Unexpected)


@router.post(
    "/applications",
    status_code=201,
    summary="Apply to be an expert",
    responses=documented(AlreadyApplied, *ERRORS),
)
def apply(order: ApplicationOrder, services: ServicesOf, caller: Member) -> Application:
    """With credentials that can be checked. An administrator decides, and writes to you."""
    members = services.members
    with members.experts.write() as session:
        made = applications.apply(session, caller.who.account_id, order, now=members.clock())
    who = caller.who.account_id
    members.note(Action.EXPERT_APPLIED, actor=who, subject=who, detail=made.id)
    return made


@router.get("/applications", summary="Your applications", responses=documented(*ERRORS))
def list_applications(services: ServicesOf, caller: Member) -> list[Application]:
    """Newest first, with what was decided and why."""
    with services.members.experts.read() as session:
        return applications.applications_of(session, caller.who.account_id)


@router.delete(
    "/applications/waiting",
    status_code=204,
    summary="Take an application back",
    responses=documented(*ERRORS),
)
def withdraw_application(services: ServicesOf, caller: Member) -> None:
    """The one that waits; it is no error when there is none."""
    with services.members.experts.write() as session:
        applications.withdraw(session, caller.who.account_id)


@router.get("/me", summary="Your dashboard", responses=documented(NotAnExpert, *ERRORS))
def read_dashboard(services: ServicesOf, caller: ExpertCaller) -> Dashboard:
    """Profile, figures, and what you have earned."""
    account = caller.who.account_id
    with services.members.experts.read() as session:
        return Dashboard(
            expert=experts.describe(session, account),
            performance=figures(services, account, experts.get(session, account).pseudonym),
            unpaid=earnings.unpaid(session, account),
            payouts=earnings.payouts(session, account),
        )


@router.patch(
    "/me",
    summary="Change availability or capacity",
    responses=documented(NotAnExpert, *ERRORS),
)
def change_me(body: ExpertChange, services: ServicesOf, caller: ExpertCaller) -> Expert:
    """Who is not available gets no new reviews; those that are held stay."""
    members, account = services.members, caller.who.account_id
    wanted = ManagedExpertChange.model_validate(body.model_dump())
    with members.experts.write() as session:
        experts.change(session, account, wanted, now=members.clock())
        return experts.describe(session, account)


@router.get("/me/earnings", summary="Your earnings", responses=documented(NotAnExpert, *ERRORS))
def list_earnings(services: ServicesOf, caller: ExpertCaller) -> list[Earning]:
    """What every submitted report earned, newest first, and the pay-out that it is part of."""
    with services.members.experts.read() as session:
        experts.get(session, caller.who.account_id)
        return earnings.earned(session, caller.who.account_id)


def figures(services: Services, account: str, pseudonym: str) -> Performance:
    """An expert's figures, from the cases as they stand now."""
    with services.members.cases.read() as session:
        return performance(pseudonym, work.records(session, account, work.truths(session)))
