"""What cases tell of an expert's work, and what became known of settled items later."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from clarity.cases import verdicts
from clarity.cases.docket import LIVE, reviews_of
from clarity.cases.tables import CaseRow, ReviewRow, TruthRow
from clarity.experts.rules import Record
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind


def records(session: Session, expert: str, truths: Mapping[str, str]) -> list[Record]:
    """Everything that an expert was ever given, for the figures.

    Args:
        session: open transaction.
        expert: account.
        truths: digest of an item -> what became known of it.
    """
    query = (
        select(CaseRow, ReviewRow)
        .join(ReviewRow, col(ReviewRow.case_id) == col(CaseRow.id))
        .where(ReviewRow.expert_id == expert)
    )
    found = [(row, seat) for row, seat in session.exec(query)]
    return [_record(row, seat, reviews_of(session, row.id), truths) for row, seat in found]


def note_truth(
    session: Session, media: str, decision: Finding, grounds: str, *, by: str, now: datetime
) -> TruthRow:
    """What became known of a settled item; raises `NotSettled` where nothing was settled."""
    if verdicts.latest(session, media) is None:
        raise verdicts.NotSettled("No expert has settled this item.")
    row = session.get(TruthRow, media) or TruthRow(
        media_digest=media, decision="", grounds="", noted_by=by, noted_at=now
    )
    row.decision, row.grounds, row.noted_by, row.noted_at = decision.value, grounds, by, now
    session.add(row)
    session.flush()
    return row


def truths(session: Session) -> dict[str, str]:
    """Digest of an item -> what became known of it after its verdict."""
    return {row.media_digest: row.decision for row in session.exec(select(TruthRow))}


def _record(
    row: CaseRow, seat: ReviewRow, seats: Sequence[ReviewRow], truths: Mapping[str, str]
) -> Record:
    dispute = row.kind == CaseKind.DISPUTE
    submitted = [one for one in seats if one.submitted_at is not None]
    first_two = sorted(submitted, key=lambda one: one.submitted_at or row.opened_at)[:2]
    others = [one.decision for one in first_two if one.id != seat.id]
    independent = dispute and seat in first_two and len(first_two) == 2
    return Record(
        assigned_at=seat.assigned_at,
        due_at=seat.due_at,
        submitted_at=seat.submitted_at,
        vacated=seat.vacated,
        live=seat.state in LIVE,
        decision=seat.decision,
        other=others[0] if independent else None,
        settled=row.settled if dispute else None,
        truth=truths.get(row.media_digest),
    )
