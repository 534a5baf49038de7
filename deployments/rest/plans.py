"""Routes below `/v1/plans`: what can be had, and what a change of plan means."""

from typing import Annotated

from fastapi import APIRouter, Path

from clarity.checkout.desk import PaymentsOff, PaymentUnderWay
from clarity.checkout.messages import Offer, Standing
from clarity.plans.messages import Change
from clarity.plans.panel import seats
from clarity.plans.rules import NotForSale, SamePlan
from clarity.plans.table import UnknownPlan
from deployments.rest.access import MEMBER_ERRORS, OPEN, STRANGER_ERRORS
from deployments.rest.payer import Account
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1/plans", tags=["plans"])

PlanName = Annotated[str, Path(description="as GET /v1/plans names it", max_length=32)]


@router.get(
    "",
    summary="Plans and prices",
    dependencies=OPEN,
    responses=documented(*STRANGER_ERRORS, Unexpected),
)
def list_plans(services: ServicesOf) -> Offer:
    """Every plan, what can be bought singly, and whether payments are on; if they are off, how
    the operator switches them on. Prices contain all taxes. `panel` are the six models that a
    plan is judged by: those without a detector are not deployed here yet."""
    settings = services.settings
    panel = seats(settings.panel, settings.detectors)
    return services.desk.offer().model_copy(update={"panel": panel})


@router.get(
    "/current",
    summary="The account's plan",
    responses=documented(*MEMBER_ERRORS, Unexpected),
)
def read_current(account: Account, services: ServicesOf) -> Standing:
    """The plan that holds now, until when it is paid, and the subscription behind it."""
    return services.desk.standing(account)


@router.get(
    "/{plan}/quote",
    summary="What taking a plan would mean",
    responses=documented(
        *MEMBER_ERRORS,
        UnknownPlan,
        SamePlan,
        PaymentUnderWay,
        NotForSale,
        InvalidRequest,
        PaymentsOff,
        Unexpected,
    ),
)
def read_quote(plan: PlanName, account: Account, services: ServicesOf) -> Change:
    """What is due at once and what from when on. A higher plan begins at once, for the
    difference of what is left of the paid month; a lower one when that month is over."""
    return services.desk.quote(account, plan)
