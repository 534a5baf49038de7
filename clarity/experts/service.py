"""Use cases of expert management: who they are, and who may get a review. They flush; who calls
them commits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, delete, select

from clarity.errors import ClarityError
from clarity.experts.messages import Competence, Expert, ManagedExpert, ManagedExpertChange
from clarity.experts.rules import Candidate, new_pseudonym
from clarity.experts.tables import ApplicationRow, ConflictRow, ExpertFieldRow, ExpertRow

NAMES_TRIED = 20


class NotAnExpert(ClarityError):
    """No vetted expert has this account."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not-an-expert"
    hint = "Apply by POST /v1/experts/applications; an administrator decides."


def admit(
    session: Session,
    account_id: str,
    fields: Iterable[Competence],
    capacity: int,
    *,
    by: str,
    now: datetime,
) -> None:
    """Make an account an expert's, or renew the expert that it was.

    Args:
        session: open transaction.
        account_id: whose.
        fields: of competence.
        capacity: reviews held at one time.
        by: the administrator who vetted.
        now: the moment.
    """
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
