"""What customers, administrators and reviewers are told of a case: each sees another part."""

from sqlmodel import Session, func, select

from clarity.cases import history
from clarity.cases.docket import HELD, matter_of, reviews_of
from clarity.cases.messages import Case, CaseState, ManagedCase, Review, Reviewer, ReviewState
from clarity.cases.tables import CaseRow, ReviewRow, VersionRow
from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind


def describe(session: Session, row: CaseRow) -> Case:
    """A case as its customer sees it."""
    seats = [seat for seat in reviews_of(session, row.id) if seat.state in HELD]
    return Case(
        id=row.id,
        kind=CaseKind(row.kind),
        state=CaseState(row.state),
        scan_id=row.scan_id,
        source=row.source,
        automatic=Label(row.automatic),
        reason=row.reason,
        opened_at=row.opened_at,
        # a third reviewer, or a later one, is due later than what had been promised
        due_at=max([row.due_at, *(seat.due_at for seat in seats)]),
        decision=Finding(row.settled) if row.settled else None,
        reviewers=[
            Reviewer(expert=seat.pseudonym, state=ReviewState(seat.state), due_at=seat.due_at)
            for seat in seats
        ],
        history=history.lines(session, row.id, inner=False),
    )


def describe_managed(session: Session, row: CaseRow) -> ManagedCase:
    """A case as administrators see it."""
    told = describe(session, row).model_dump()
    seats = reviews_of(session, row.id)
    return ManagedCase(
        **(told | {"history": history.lines(session, row.id, inner=True)}),
        customer=row.customer_id,
        media=row.media_digest,
        vacancies=matter_of(session, row).vacancies,
        escalated_at=row.escalated_at,
        experts={seat.pseudonym: seat.expert_id for seat in seats},
    )


def describe_review(session: Session, row: CaseRow, seat: ReviewRow) -> Review:
    """A case as one of its reviewers sees it."""
    query = select(func.max(VersionRow.number)).where(VersionRow.review_id == seat.id)
    return Review(
        id=seat.id,
        case=row.id,
        kind=CaseKind(row.kind),
        case_state=CaseState(row.state),
        state=ReviewState(seat.state),
        number=seat.number,
        assigned_at=seat.assigned_at,
        due_at=seat.due_at,
        submitted_at=seat.submitted_at,
        source=row.source,
        media=row.media_digest,
        media_kind=MediaKind(row.media_kind),
        automatic=Label(row.automatic),
        reason=row.reason,
        decision=Finding(seat.decision) if seat.decision else None,
        settled=Finding(row.settled) if row.settled else None,
        version=session.exec(query).one() or 0,
    )
