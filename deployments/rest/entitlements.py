"""What a caller's plan gives them: which detectors judge, how soon, how many scans a month."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session

from clarity.cases import quota as taken
from clarity.errors import ClarityError
from clarity.plans.messages import Panel, Plan
from clarity.plans.table import FREE, UnknownPlan, find_plan
from clarity.scans import service
from clarity.scans.rules import Priority
from deployments.rest.access import Caller
from deployments.rest.services import Services

PLAN, EXPERT_REPORT = "plan", "expert-report"
"""What may pay for a case: the plan, or the extra of that name."""


class ExpertNotIncluded(ClarityError):
    """The plan has no report by an expert left this month, and none was bought singly."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "expert-not-included"
    hint = "Take a higher plan, or buy one report by an expert; GET /v1/plans lists both."


class QuotaUsedUp(ClarityError):
    """The plan's scans of this month are used up."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "quota-used-up"
    hint = "Take a higher plan, or wait for the next month; GET /v1/plans lists the plans."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Attributes:
    panel: detectors that judge.
    priority: place in the queue.
    """

    panel: tuple[str, ...]
    priority: int


def entitlement(services: Services, caller: Caller) -> Entitlement:
    """What the caller may have now; blocks, because it counts the scans of the month.

    Raises:
        QuotaUsedUp: no more scans this month.
    """
    plan = plan_of(services, caller)
    if caller.identity is not None and plan.scans_per_month is not None:
        _need_quota(services, caller.identity.account_id, plan.scans_per_month)
    settings = services.settings
    every = plan.panel is Panel.EVERY_MODEL
    return Entitlement(
        panel=settings.detectors if every else settings.panel,
        priority=max(plan.priority, Priority.FREE),
    )


def pays_for_expert(services: Services, caller: Caller, session: Session) -> tuple[str, timedelta]:
    """What pays for the caller's next case, and within what time an answer is promised.

    The plan's reports of the month come first, then those that were bought singly.

    Args:
        services: of the gateway.
        caller: somebody who is logged in.
        session: of the cases, in which the case will be opened too; see `quota.used`.

    Raises:
        ExpertNotIncluded: nothing pays for it.
    """
    plan, customer = plan_of(services, caller), caller.who.account_id
    term, quota = timedelta(days=plan.expert_days), plan.expert_reports_per_month
    month = _month(services.members.clock())
    if quota is None or taken.used(session, customer, paid_by=PLAN, since=month) < quota:
        return PLAN, term
    used = taken.used(session, customer, paid_by=EXPERT_REPORT, since=None)
    if used < services.desk.bought(customer, EXPERT_REPORT):
        return EXPERT_REPORT, term
    words = f"all {quota} reports by experts of this month have been used" if quota else ""
    raise ExpertNotIncluded(f"With the plan {plan.title} {words or 'no expert is included'}.")


def plan_of(services: Services, caller: Caller) -> Plan:
    """The plan that is paid for, or the one that an administrator has given if that is higher."""
    if caller.identity is None:
        return FREE
    paid = services.desk.plan_of(caller.identity.account_id)
    try:
        given = find_plan(caller.identity.plan)
    except UnknownPlan:
        return paid  # Of a table that has changed since.
    return max(paid, given, key=lambda plan: plan.priority)


def _need_quota(services: Services, account_id: str, quota: int) -> None:
    with services.archive.scans.read() as session:
        used = service.count_since(session, account_id, _month(services.members.clock()))
    if used >= quota:
        raise QuotaUsedUp(f"All {quota} scans of this month have been used.")


def _month(moment: datetime) -> datetime:
    """Beginning of a moment's calendar month, in UTC."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
