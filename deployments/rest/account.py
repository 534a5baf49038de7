"""Routes below `/v1/account`: what is one's own, and what one may do with it."""

from fastapi import APIRouter, Response

from clarity.accounts import keys, service
from clarity.accounts.attempts import LoginLocked
from clarity.accounts.keys import KeyNotFound, TooManyKeys
from clarity.accounts.messages import (
    Account,
    ApiKey,
    Code,
    KeyOrder,
    NewApiKey,
    PasswordChange,
    Preferences,
    Proof,
    SecondFactor,
)
from clarity.accounts.passwords import PasswordsBusy
from clarity.accounts.rules import WeakPassword
from clarity.accounts.service import LoginRefused, SecondFactorNeeded
from clarity.audit.messages import Action
from clarity.customers.messages import Kind
from deployments.rest import departure
from deployments.rest.access import LIMITED, MEMBER_ERRORS, Caller, Member
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import Unexpected, documented
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1/account", tags=["account"])

NO_STORE = {"Cache-Control": "no-store"}
READING = (*MEMBER_ERRORS, Unexpected)
WRITING = (*MEMBER_ERRORS, *BODY_ERRORS, Unexpected)
PROVING = (LoginRefused, LoginLocked, SecondFactorNeeded, PasswordsBusy, *WRITING)


@router.get("", summary="Your account", responses=documented(*READING))
def read_account(services: ServicesOf, caller: Member) -> Account:
    """What is known about you, but for what `/v1/account/export` adds."""
    with services.members.accounts.read() as session:
        return service.describe(service.get(session, caller.who.account_id))


@router.patch("", summary="Change consent and retention", responses=documented(*WRITING))
def change_preferences(body: Preferences, services: ServicesOf, caller: Member) -> Account:
    """Consent to training and zero retention; what is left out stays as it is."""
    with services.members.accounts.write() as session:
        row = service.set_preferences(
            session, caller.who.account_id, body, now=services.members.clock()
        )
        account = service.describe(row)
    told = ", ".join(f"{name}={value}" for name, value in body if value is not None)
    _note(services, caller, Action.CONSENT_CHANGED, "You changed your privacy settings.", told)
    return account


@router.put(
    "/password",
    status_code=204,
    summary="Change the password",
    dependencies=LIMITED,
    responses=documented(WeakPassword, *PROVING),
)
def change_password(body: PasswordChange, services: ServicesOf, caller: Member) -> None:
    """Every other session ends."""
    services.members.desk.change_password(
        caller.who, body.current.get_secret_value(), body.new.get_secret_value()
    )
    _note(services, caller, Action.PASSWORD_CHANGED, "You changed your password.")


@router.post(
    "/second-factor",
    status_code=201,
    summary="Begin to set up a second factor",
    responses=documented(SecondFactorNeeded, *READING),
)
def begin_second_factor(services: ServicesOf, caller: Member, answer: Response) -> SecondFactor:
    """A secret for an authenticator app (TOTP, RFC 6238); it counts once a code came back."""
    answer.headers.update(NO_STORE)
    return services.members.desk.begin_second_factor(caller.who)


@router.put(
    "/second-factor",
    summary="Switch the second factor on",
    dependencies=LIMITED,
    responses=documented(SecondFactorNeeded, *WRITING),
)
def confirm_second_factor(body: Code, services: ServicesOf, caller: Member) -> Account:
    """With a code of the app. Every other session ends."""
    account = services.members.desk.confirm_second_factor(caller.who, body.code.get_secret_value())
    _note(services, caller, Action.SECOND_FACTOR_ON, "You switched the second factor on.")
    return account


@router.post(
    "/second-factor/removal",
    summary="Switch the second factor off",
    dependencies=LIMITED,
    responses=documented(*PROVING),
)
def drop_second_factor(body: Proof, services: ServicesOf, caller: Member) -> Account:
    """With the password and a last code."""
    account = services.members.desk.drop_second_factor(caller.who, body)
    _note(services, caller, Action.SECOND_FACTOR_OFF, "You switched the second factor off.")
    return account


@router.get("/keys", summary="Your API keys", responses=documented(*READING))
def list_keys(services: ServicesOf, caller: Member) -> list[ApiKey]:
    """Keys that are good, newest first; never the keys themselves."""
    with services.members.accounts.read() as session:
        return keys.listed(session, caller.who.account_id, now=services.members.clock())


@router.post(
    "/keys",
    status_code=201,
    summary="Make an API key",
    responses=documented(TooManyKeys, *WRITING),
)
def make_key(body: KeyOrder, services: ServicesOf, caller: Member, answer: Response) -> NewApiKey:
    """The key is in this answer and is never shown again."""
    with services.members.accounts.write() as session:
        made = keys.make(session, caller.who.account_id, body, now=services.members.clock())
    _note(services, caller, Action.KEY_MADE, f"You made the key {made.name}.", made.id)
    answer.headers.update(NO_STORE)
    return made


@router.delete(
    "/keys/{key_id}",
    status_code=204,
    summary="Revoke an API key",
    responses=documented(KeyNotFound, *WRITING),
)
def revoke_key(key_id: str, services: ServicesOf, caller: Member) -> None:
    """It is good for nothing from now on."""
    with services.members.accounts.write() as session:
        keys.revoke(session, caller.who.account_id, key_id)
    _note(services, caller, Action.KEY_REVOKED, "You revoked a key.", key_id)


@router.get("/export", summary="Everything about you", responses=documented(*READING))
def export_account(services: ServicesOf, caller: Member) -> Response:
    """One JSON document: account, logins, keys, scans with reports, activity, what is kept why."""
    document = departure.export(services, caller.who.account_id)
    _note(services, caller, Action.EXPORTED, "You exported your data.")
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="clarity-export.json"'}
    text = document.model_dump_json(indent=2)
    return Response(text, media_type="application/json", headers=headers)


@router.post(
    "/erasure",
    status_code=204,
    summary="Erase your account",
    dependencies=LIMITED,
    responses=documented(*PROVING),
)
def erase_account(body: Proof, services: ServicesOf, caller: Member) -> None:
    """Account, scans, media, reports that nobody else has, activity: gone at once and for good."""
    services.members.desk.prove(caller.who, body)
    departure.erase(services, caller.who.account_id)


def _note(services: Services, caller: Caller, action: Action, words: str, detail: str = "") -> None:
    account = caller.who.account_id
    services.members.note(action, actor=account, subject=account, detail=detail)
    services.members.record(account, Kind.ACCOUNT, account, words)
