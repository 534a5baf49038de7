"""Coming in: sign-up, confirmation, login, logout, a new password.

What a stranger may ask about an address answers the same whether it has an account or not.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from fastapi import APIRouter, Response

from clarity.accounts import sessions
from clarity.accounts.attempts import LoginLocked
from clarity.accounts.messages import (
    Confirmation,
    EmailOnly,
    Login,
    Opened,
    PasswordReset,
    SessionShown,
    SignUp,
)
from clarity.accounts.passwords import PasswordsBusy
from clarity.accounts.rules import WeakPassword
from clarity.accounts.service import (
    LinkOver,
    LoginRefused,
    NotConfirmed,
    SecondFactorNeeded,
    WrongDoor,
)
from clarity.accounts.sessions import AccountSuspended
from clarity.audit.messages import Action
from clarity.customers.messages import Kind
from clarity.errors import ClarityError
from deployments.rest.access import LIMITED, MEMBER_ERRORS, STRANGER_ERRORS, Member, Stranger
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import Unexpected, documented
from deployments.rest.services import Services, ServicesOf

router = APIRouter(prefix="/v1", tags=["login"])

COMMON = (*STRANGER_ERRORS, *BODY_ERRORS, Unexpected)
NO_STORE = {"Cache-Control": "no-store"}
LETTER_SECONDS = 0.15
"""That asking for a letter takes, several times what writing one does."""


class NoLetters(ClarityError):
    """This installation has no way to send letters, so nobody can sign up."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "no-letters"
    hint = "The operator must set CLARITY_SMTP_URL."


@router.post(
    "/accounts",
    status_code=202,
    summary="Sign up",
    response_class=Response,
    dependencies=LIMITED,
    responses=documented(WeakPassword, PasswordsBusy, NoLetters, *COMMON),
)
def sign_up(body: SignUp, services: ServicesOf, caller: Stranger) -> Response:  # noqa: ARG001
    """A letter tells what comes next; the answer is the same whatever is known of the address."""
    _need_letters(services)
    services.members.desk.sign_up(body)
    return _accepted()


@router.post(
    "/accounts/letter",
    status_code=202,
    summary="Send the letter of a sign-up again",
    response_class=Response,
    dependencies=LIMITED,
    responses=documented(NoLetters, *COMMON),
)
def send_again(body: EmailOnly, services: ServicesOf, caller: Stranger) -> Response:  # noqa: ARG001
    """Only for addresses that wait to be confirmed; the answer is the same for all."""
    _need_letters(services)
    with _unhurried():
        services.members.desk.send_confirmation(body.email)
    return _accepted()


@router.post(
    "/accounts/confirmation",
    status_code=201,
    summary="Confirm an e-mail address, and log in",
    dependencies=LIMITED,
    responses=documented(
        LinkOver, LoginRefused, LoginLocked, AccountSuspended, PasswordsBusy, *COMMON
    ),
)
def confirm(body: Confirmation, services: ServicesOf, caller: Stranger, answer: Response) -> Opened:
    """With the token of the letter and the password that was chosen at sign-up."""
    opened = services.members.desk.confirm(body, replaces=caller.token)
    services.members.note(Action.CONFIRMED, actor=opened.account.id, subject=opened.account.id)
    services.members.record(
        opened.account.id, Kind.ACCOUNT, opened.account.id, "You confirmed your e-mail address."
    )
    answer.headers.update(NO_STORE)
    return opened


@router.post(
    "/sessions",
    status_code=201,
    summary="Log in",
    dependencies=LIMITED,
    responses=documented(
        LoginRefused,
        LoginLocked,
        NotConfirmed,
        AccountSuspended,
        SecondFactorNeeded,
        WrongDoor,
        PasswordsBusy,
        *COMMON,
    ),
)
def log_in(body: Login, services: ServicesOf, caller: Stranger, answer: Response) -> Opened:
    """The answer has the token of a new session; the one that the client came with ends."""
    members = services.members
    try:
        opened = members.desk.log_in(body, replaces=caller.token)
    except (LoginRefused, LoginLocked, SecondFactorNeeded) as error:
        members.note(
            Action.LOGIN_REFUSED,
            subject=members.desk.digest("audit of logins", body.email.lower()),
            detail=error.code,
        )
        raise
    members.note(Action.LOGIN, actor=opened.account.id, subject=opened.account.id)
    members.record(opened.account.id, Kind.ACCOUNT, opened.account.id, "You logged in.")
    answer.headers.update(NO_STORE)
    return opened


@router.get("/sessions", summary="Your logins", responses=documented(*MEMBER_ERRORS, Unexpected))
def list_sessions(services: ServicesOf, caller: Member) -> list[SessionShown]:
    """Every session that is good, newest first."""
    desk = services.members.desk
    with desk.database.read() as session:
        rows = sessions.listed(session, caller.who.account_id, now=desk.clock())
    return [
        SessionShown(
            id=row.id,
            created_at=row.created_at,
            expires_at=row.expires_at,
            current=row.id == caller.who.session_id,
        )
        for row in rows
    ]


@router.delete(
    "/sessions/current",
    status_code=204,
    summary="Log out",
    responses=documented(*MEMBER_ERRORS, Unexpected),
)
def log_out(services: ServicesOf, caller: Member) -> None:
    """The token is good for nothing from now on."""
    with services.members.accounts.write() as session:
        sessions.end(session, caller.who.account_id, caller.who.session_id or "")
    _logged_out(services, caller.who.account_id, "this session")


@router.delete(
    "/sessions",
    status_code=204,
    summary="Log out everywhere",
    responses=documented(*MEMBER_ERRORS, Unexpected),
)
def log_out_everywhere(services: ServicesOf, caller: Member) -> None:
    """Every session of the account ends, this one too. API keys stay."""
    with services.members.accounts.write() as session:
        sessions.end_all(session, caller.who.account_id)
    _logged_out(services, caller.who.account_id, "every session")


@router.post(
    "/passwords/letter",
    status_code=202,
    summary="Ask for a new password",
    response_class=Response,
    dependencies=LIMITED,
    responses=documented(NoLetters, *COMMON),
)
def forgot_password(body: EmailOnly, services: ServicesOf, caller: Stranger) -> Response:  # noqa: ARG001
    """A letter goes to the address if it has an account; the answer is the same for all."""
    _need_letters(services)
    with _unhurried():
        services.members.desk.forgot_password(body.email)
    return _accepted()


@router.post(
    "/passwords",
    status_code=204,
    summary="Set a new password with a letter's link",
    dependencies=LIMITED,
    responses=documented(LinkOver, WeakPassword, PasswordsBusy, *COMMON),
)
def reset_password(body: PasswordReset, services: ServicesOf, caller: Stranger) -> None:  # noqa: ARG001
    """Every session of the account ends. The second factor stays."""
    account = services.members.desk.reset_password(body)
    services.members.note(Action.PASSWORD_RESET, actor=account.id, subject=account.id)
    services.members.record(
        account.id, Kind.ACCOUNT, account.id, "A new password was set with a link by mail."
    )


@contextmanager
def _unhurried() -> Iterator[None]:
    """Take as long for every address: writing a letter takes longer than finding nobody."""
    until = time.monotonic() + LETTER_SECONDS
    yield
    time.sleep(max(0.0, until - time.monotonic()))


def _need_letters(services: Services) -> None:
    if services.members.mailer is None:
        raise NoLetters("This service cannot send letters.")


def _accepted() -> Response:
    return Response(status_code=202, headers=NO_STORE)


def _logged_out(services: Services, account_id: str, what: str) -> None:
    services.members.note(Action.LOGOUT, actor=account_id, subject=account_id, detail=what)
    services.members.record(account_id, Kind.ACCOUNT, account_id, f"You logged out of {what}.")
