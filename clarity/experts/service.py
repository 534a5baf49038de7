"""Use cases of expert management. They flush; who calls them commits."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, delete, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.experts.messages import (
    Application,
    ApplicationOrder,
    ApplicationState,
    Competence,
    Credential,
    Expert,
    ManagedApplication,
    ManagedExpert,
    ManagedExpertChange,
    Vetting,
)
from clarity.experts.rules import Candidate, new_pseudonym
from clarity.experts.tables import (
    ApplicationFieldRow,
    ApplicationRow,
    ConflictRow,
    CredentialRow,
    ExpertFieldRow,
    ExpertRow,
)

NAMES_TRIED = 20


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


class NotAnExpert(ClarityError):
    """No vetted expert has this account."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not-an-expert"
    hint = "Apply by POST /v1/experts/applications; an administrator decides."


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
        _make(session, row.account_id, vetting.fields or named, vetting.capacity, by=by, now=now)
    session.flush()
    return _managed(session, row)


def withdraw(session: Session, account_id: str) -> None:
    """Take a waiting application back; it is no error when there is none."""
    query = select(ApplicationRow).where(ApplicationRow.waiting_account == account_id)
    row = session.exec(query).first()
    if row is not None:
        row.state, row.waiting_account = ApplicationState.WITHDRAWN.value, None
        session.flush()


def get(session: Session, account_id: str) -> ExpertRow:
    """The expert of an account, retired or not; raises `NotAnExpert`."""
    row = session.get(ExpertRow, account_id)
    if row is None:
        raise NotAnExpert("This account is not a vetted expert's.")
    return row


def change(
    session: Session, account_id: str, wanted: ManagedExpertChange, *, now: datetime
) -> None:
    """Change availability, capacity, fields, retirement; what is None stays."""
    row = get(session, account_id)
    if wanted.available is not None:
        row.available = wanted.available
    if wanted.capacity is not None:
        row.capacity = wanted.capacity
    if wanted.fields is not None:
        _set_fields(session, account_id, wanted.fields)
    if wanted.retired is not None:
        row.retired_at = (row.retired_at or now) if wanted.retired else None
    session.flush()


def describe(session: Session, account_id: str) -> Expert:
    """An expert as they see themselves; raises `NotAnExpert`."""
    return Expert.model_validate(managed(session, get(session, account_id)).model_dump())


def managed(session: Session, row: ExpertRow) -> ManagedExpert:
    """An expert as administrators see one."""
    return ManagedExpert(
        account_id=row.account_id,
        pseudonym=row.pseudonym,
        fields=sorted(_expert_fields(session, row.account_id)),
        available=row.available,
        capacity=row.capacity,
        vetted_at=row.vetted_at,
        retired_at=row.retired_at,
    )


def everybody(session: Session) -> Sequence[ExpertRow]:
    """All experts there are or were, by pseudonym."""
    return session.exec(select(ExpertRow).order_by(col(ExpertRow.pseudonym))).all()


def candidates(
    session: Session, loads: Mapping[str, int], *, active: Collection[str]
) -> list[Candidate]:
    """Experts who might get a review.

    Args:
        session: open transaction.
        loads: account -> reviews held now.
        active: accounts that are experts' and not suspended.
    """
    rows = session.exec(select(ExpertRow).where(col(ExpertRow.retired_at).is_(None))).all()
    return [
        Candidate(
            account=row.account_id,
            fields=frozenset(_expert_fields(session, row.account_id)),
            available=row.available,
            load=loads.get(row.account_id, 0),
            capacity=row.capacity,
            last_assigned=row.last_assigned_at,
            conflicts=conflicts(session, row.account_id),
        )
        for row in rows
        if row.account_id in active
    ]


def conflicts(session: Session, account_id: str) -> frozenset[str]:
    """Customers whose cases the expert must not see."""
    query = select(ConflictRow.customer_id).where(ConflictRow.account_id == account_id)
    return frozenset(session.exec(query))


def note_assigned(session: Session, account_id: str, *, now: datetime) -> None:
    get(session, account_id).last_assigned_at = now
    session.flush()


def note_conflict(session: Session, account_id: str, customer_id: str, *, now: datetime) -> None:
    """The expert must not see this customer's cases; telling it twice is no error."""
    if session.get(ConflictRow, (account_id, customer_id)) is None:
        session.add(ConflictRow(account_id=account_id, customer_id=customer_id, noted_at=now))
        session.flush()


def erase(session: Session, account_id: str) -> None:
    """Forget a person: applications, and what leads from the expert to the account.

    Of an expert the pseudonym stays in the verdicts, where it leads to nobody any more.
    """
    session.exec(delete(ApplicationRow).where(col(ApplicationRow.account_id) == account_id))
    session.exec(delete(ConflictRow).where(col(ConflictRow.customer_id) == account_id))
    session.exec(delete(ExpertRow).where(col(ExpertRow.account_id) == account_id))
    session.flush()


def _make(
    session: Session,
    account_id: str,
    fields: Iterable[Competence],
    capacity: int,
    *,
    by: str,
    now: datetime,
) -> None:
    row = session.get(ExpertRow, account_id)
    if row is None:
        row = ExpertRow(
            account_id=account_id,
            pseudonym=_free_pseudonym(session),
            capacity=capacity,
            vetted_at=now,
            vetted_by=by,
        )
        session.add(row)
    else:
        row.retired_at, row.available, row.capacity = None, True, capacity
        row.vetted_at, row.vetted_by = now, by
    session.flush()
    _set_fields(session, account_id, fields)


def _free_pseudonym(session: Session) -> str:
    for _ in range(NAMES_TRIED):
        name = new_pseudonym()
        if session.exec(select(ExpertRow).where(ExpertRow.pseudonym == name)).first() is None:
            return name
    raise RuntimeError("no free pseudonym was found")  # of 33 million


def _set_fields(session: Session, account_id: str, fields: Iterable[Competence]) -> None:
    session.exec(delete(ExpertFieldRow).where(col(ExpertFieldRow.account_id) == account_id))
    session.add_all(ExpertFieldRow(account_id=account_id, field=field.value) for field in fields)
    session.flush()


def _expert_fields(session: Session, account_id: str) -> list[Competence]:
    query = select(ExpertFieldRow.field).where(ExpertFieldRow.account_id == account_id)
    return [Competence(field) for field in session.exec(query)]


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
