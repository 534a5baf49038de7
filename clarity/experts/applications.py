"""Applications of people who want to be experts, and the vetting. Flushed, not committed."""

import secrets
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.experts.messages import (
    Application,
    ApplicationOrder,
    ApplicationState,
    Competence,
    Credential,
    ManagedApplication,
    Vetting,
)
from clarity.experts.service import admit
from clarity.experts.tables import ApplicationFieldRow, ApplicationRow, CredentialRow, ExpertRow


class AlreadyApplied(ClarityError):
    """An application of this account waits already, or it is an expert's."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "already-applied"
    hint = "GET /v1/experts/applications shows how it stands; an administrator decides on it."


class ApplicationNotFound(ClarityError):
    """There is no such application."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "application-not-found"
    hint = "GET /v1/admin/experts/applications lists them."


class ApplicationDecided(ClarityError):
    """This application has been decided on."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "application-decided"
    hint = "Change the expert instead, or let the person apply again."


def apply(
    session: Session, account_id: str, order: ApplicationOrder, *, now: datetime
) -> Application:
    """Take an application in.

    Raises:
        AlreadyApplied: one waits, or the account is an expert's.
    """
    expert = session.get(ExpertRow, account_id)
    if expert is not None and expert.retired_at is None:
        raise AlreadyApplied("This account is an expert's already.")
    row = ApplicationRow(
        id=secrets.token_hex(12),
        account_id=account_id,
        waiting_account=account_id,
        name=order.name,
        statement=order.statement,
        state=ApplicationState.SUBMITTED.value,
        submitted_at=now,
    )
    if not try_add(session, row):
        raise AlreadyApplied("An application of this account waits already.")
    session.add_all(ApplicationFieldRow(application_id=row.id, field=f) for f in order.fields)
    session.add_all(
        CredentialRow(application_id=row.id, number=number, **credential.model_dump())
        for number, credential in enumerate(order.credentials, start=1)
    )
    session.flush()
    return _application(session, row)


def applications_of(session: Session, account_id: str) -> list[Application]:
    """An account's applications, newest first."""
    query = select(ApplicationRow).where(ApplicationRow.account_id == account_id)
    rows = session.exec(query.order_by(col(ApplicationRow.submitted_at).desc()))
    return [_application(session, row) for row in rows]


def applications(session: Session, state: ApplicationState | None) -> list[ManagedApplication]:
    """Applications, those that wait longest first; at most two hundred."""
    query = select(ApplicationRow).order_by(col(ApplicationRow.submitted_at)).limit(200)
    if state is not None:
        query = query.where(ApplicationRow.state == state.value)
    return [_managed(session, row) for row in session.exec(query)]


def decide(
    session: Session, application_id: str, vetting: Vetting, *, by: str, now: datetime
) -> ManagedApplication:
    """Accept or refuse an application. Accepting makes, or renews, the expert.

    Raises:
        ApplicationNotFound, ApplicationDecided: nothing is to be decided.
    """
    query = select(ApplicationRow).where(ApplicationRow.id == application_id).with_for_update()
    row = session.exec(query).first()
    if row is None:
        raise ApplicationNotFound("There is no such application.")
    if row.state != ApplicationState.SUBMITTED.value:
        raise ApplicationDecided(f"This application is {row.state}.")
    accepted = ApplicationState.ACCEPTED if vetting.accept else ApplicationState.REFUSED
    row.state, row.waiting_account = accepted.value, None
    row.decided_at, row.decided_by, row.decision_reason = now, by, vetting.reason
    if vetting.accept:
        named = _fields_of(session, row.id)
        admit(session, row.account_id, vetting.fields or named, vetting.capacity, by=by, now=now)
    session.flush()
    return _managed(session, row)


def withdraw(session: Session, account_id: str) -> None:
    """Take a waiting application back; it is no error when there is none."""
    query = select(ApplicationRow).where(ApplicationRow.waiting_account == account_id)
    row = session.exec(query).first()
    if row is not None:
        row.state, row.waiting_account = ApplicationState.WITHDRAWN.value, None
        session.flush()


def _fields_of(session: Session, application_id: str) -> list[Competence]:
    query = select(ApplicationFieldRow.field).where(
        ApplicationFieldRow.application_id == application_id
    )
    return sorted(Competence(field) for field in session.exec(query))


def _managed(session: Session, row: ApplicationRow) -> ManagedApplication:
    credentials = session.exec(
        select(CredentialRow)
        .where(CredentialRow.application_id == row.id)
        .order_by(col(CredentialRow.number))
    )
    return ManagedApplication(
        id=row.id,
        account_id=row.account_id,
        state=ApplicationState(row.state),
        name=row.name,
        statement=row.statement,
        fields=_fields_of(session, row.id),
        credentials=[
            Credential(title=one.title, issuer=one.issuer, year=one.year, link=one.link)
            for one in credentials
        ],
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )


def _application(session: Session, row: ApplicationRow) -> Application:
    return Application.model_validate(_managed(session, row).model_dump())
