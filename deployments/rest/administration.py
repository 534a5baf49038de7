"""Routes below `/v1/admin`: for administrators only, and every one of them leaves a line."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Path, Query

from clarity.accounts import administration
from clarity.accounts.messages import (
    Ban,
    BanOrder,
    ManagedAccount,
    PlanChange,
    RoleChange,
    Suspension,
)
from clarity.accounts.rules import address_unit, normal_email
from clarity.accounts.service import AccountNotFound
from clarity.audit import service as audit
from clarity.audit.messages import Action, Entry, Verification
from clarity.customers.messages import Kind
from clarity.errors import ClarityError
from clarity.plans.table import UnknownPlan, find_plan
from deployments.rest.access import MEMBER_ERRORS, Administrator, Caller
from deployments.rest.addresses import ban_digest
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import LARGEST_NUMBER, Unexpected, documented
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1/admin", tags=["administration"])

ERRORS = (*MEMBER_ERRORS, *BODY_ERRORS, Unexpected)

AccountId = Annotated[str, Path(max_length=36)]


class NotAnAddress(ClarityError):
    """This is neither an IPv4 nor an IPv6 address."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "not-an-address"
    hint = "Write it as 203.0.113.7 or 2001:db8::7."


class NotOneself(ClarityError):
    """Administrators do not suspend themselves or change their own role."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "not-oneself"
    hint = "Let another administrator do it, so that one always remains."


@router.get("/accounts", summary="Find accounts", responses=documented(*ERRORS))
def find_accounts(
    services: ServicesOf,
    caller: Administrator,  # noqa: ARG001
    email: Annotated[str, Query(max_length=254, description="beginning of the address")] = "",
) -> list[ManagedAccount]:
    """At most fifty, in the order of their addresses."""
    with services.members.accounts.read() as session:
        rows = administration.search(session, normal_email(email))
        return [administration.describe(row) for row in rows]


@router.put(
    "/accounts/{account_id}/suspension",
    summary="Suspend an account",
    responses=documented(AccountNotFound, NotOneself, *ERRORS),
)
def suspend(
    account_id: AccountId, body: Suspension, services: ServicesOf, caller: Administrator
) -> ManagedAccount:
    """Its sessions end at once, and its keys are refused."""
    _need_other(caller, account_id)
    with services.members.accounts.write() as session:
        row = administration.suspend(session, account_id, body.reason, now=services.members.clock())
        shown = administration.describe(row)
    _note(services, caller, Action.SUSPENDED, account_id, "Your account was suspended.")
    return shown


@router.delete(
    "/accounts/{account_id}/suspension",
    summary="Restore an account",
    responses=documented(AccountNotFound, *ERRORS),
)
def restore(account_id: AccountId, services: ServicesOf, caller: Administrator) -> ManagedAccount:
    """Its keys are good again; people log in anew."""
    with services.members.accounts.write() as session:
        shown = administration.describe(administration.restore(session, account_id))
    _note(services, caller, Action.RESTORED, account_id, "Your account was restored.")
    return shown


@router.put(
    "/accounts/{account_id}/role",
    summary="Change an account's role",
    responses=documented(AccountNotFound, NotOneself, *ERRORS),
)
def change_role(
    account_id: AccountId, body: RoleChange, services: ServicesOf, caller: Administrator
) -> ManagedAccount:
    """Its sessions end: the new role counts from the next login on."""
    _need_other(caller, account_id)
    with services.members.accounts.write() as session:
        shown = administration.describe(administration.set_role(session, account_id, body.role))
    words = f"Your role was changed to {body.role.value}."
    _note(services, caller, Action.ROLE_CHANGED, account_id, words, body.role.value)
    return shown


@router.put(
    "/accounts/{account_id}/plan",
    summary="Change an account's plan by hand",
    responses=documented(AccountNotFound, UnknownPlan, *ERRORS),
)
def change_plan(
    account_id: AccountId, body: PlanChange, services: ServicesOf, caller: Administrator
) -> ManagedAccount:
    """Without a payment, such as for a newsroom that is a guest."""
    find_plan(body.plan)
    with services.members.accounts.write() as session:
        shown = administration.describe(administration.set_plan(session, account_id, body.plan))
    words = f"Your plan was changed to {body.plan}."
    _note(services, caller, Action.PLAN_CHANGED, account_id, words, body.plan)
    return shown


@router.delete(
    "/accounts/{account_id}/second-factor",
    summary="Take the second factor off an account",
    responses=documented(AccountNotFound, *ERRORS),
)
def drop_second_factor(
    account_id: AccountId, services: ServicesOf, caller: Administrator
) -> ManagedAccount:
    """For an owner who lost the phone and proved who they are. Sessions and keys end."""
    with services.members.accounts.write() as session:
        shown = administration.describe(administration.drop_second_factor(session, account_id))
    words = "An administrator took the second factor off your account."
    _note(services, caller, Action.SECOND_FACTOR_OFF, account_id, words)
    return shown


@router.get("/bans", summary="Banned addresses", responses=documented(*ERRORS))
def list_bans(services: ServicesOf, caller: Administrator) -> list[Ban]:  # noqa: ARG001
    """The bans that hold. Addresses are kept as digests, so they are not shown."""
    with services.members.accounts.read() as session:
        return administration.bans(session, now=services.members.clock())


@router.post(
    "/bans", status_code=201, summary="Ban an address", responses=documented(NotAnAddress, *ERRORS)
)
def ban_address(body: BanOrder, services: ServicesOf, caller: Administrator) -> Ban:
    """Nothing from it is answered for a while; of IPv6 its whole /64."""
    try:
        digest = ban_digest(services.members, address_unit(body.address.strip()))
    except ValueError as error:
        raise NotAnAddress("This is not an address.") from error
    with services.members.accounts.write() as session:
        moment = services.members.clock()
        administration.sweep_bans(session, now=moment)
        made = administration.ban(session, digest, body.reason, now=moment, hours=body.hours)
    services.bans.forget()
    _note(services, caller, Action.ADDRESS_BANNED, digest)
    return made


@router.delete(
    "/bans/{digest}", status_code=204, summary="Lift a ban", responses=documented(*ERRORS)
)
def lift_ban(
    digest: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    services: ServicesOf,
    caller: Administrator,
) -> None:
    """Lifting one that there is not is no error."""
    with services.members.accounts.write() as session:
        administration.lift_ban(session, digest)
    services.bans.forget()
    _note(services, caller, Action.BAN_LIFTED, digest)


@router.get("/audit", summary="The audit log", responses=documented(*ERRORS))
def read_audit(
    services: ServicesOf,
    caller: Administrator,
    subject: Annotated[str, Query(max_length=64, description="about or by this account")] = "",
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_NUMBER, description="lines with a lower number")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Entry]:
    """Newest line first. Reading it is written down too."""
    with services.members.audit.read() as session:
        lines = audit.latest(session, subject=subject, before=before, limit=limit)
    services.members.note(Action.AUDIT_READ, actor=caller.who.account_id, subject=subject)
    return lines


@router.get("/audit/verification", summary="Is the audit log whole?", responses=documented(*ERRORS))
def verify_audit(services: ServicesOf, caller: Administrator) -> Verification:  # noqa: ARG001
    """Every digest is computed anew. Keep the last one elsewhere, to notice a log cut short."""
    with services.members.audit.read() as session:
        return audit.verify(session)


def _need_other(caller: Caller, account_id: str) -> None:
    if caller.who.account_id == account_id:
        raise NotOneself("This is your own account.")


def _note(
    services: Services,
    caller: Caller,
    action: Action,
    subject: str,
    words: str = "",
    detail: str = "",
) -> None:
    services.members.note(action, actor=caller.who.account_id, subject=subject, detail=detail)
    if words:
        services.members.record(subject, Kind.ACCOUNT, subject, words)
