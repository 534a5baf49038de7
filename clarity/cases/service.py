"""The steps of requests and disputes. They flush; who calls them commits.

Every step locks the case's row first, so that two reviewers who submit at one moment come one
after the other, and the second one settles.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session

from clarity.cases import history, rules, terms, verdicts, writing
from clarity.cases.docket import matter_of, own, review, reviews_of
from clarity.cases.messages import CaseState, Happening, ReviewState
from clarity.cases.tables import CaseRow, ReviewRow
from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.evidence.keys import SigningKey
from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.reports.expertise import Technique
from clarity.reports.messages import ModelOpinion
from clarity.reports.settled import CaseKind


class CaseOpenAlready(ClarityError):
    """The customer has a live case about this item."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "case-open-already"
    hint = "Follow that case, or withdraw it first; GET /v1/cases lists it."


class ItemSettled(ClarityError):
    """Independent experts have settled a dispute about this item."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "item-settled"
    hint = "Read what they found at /v1/scans/{scan_id}/verdict."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Attributes:
    customer: account whose case it is.
    kind: request or dispute.
    scan_id, source: the scan that it is about, and its name.
    media, media_kind, panel, automatic: of its report.
    reason: the customer's words.
    suspects: what the customer thinks was done; chooses the experts.
    paid_by: `plan` or the extra that pays for it.
    term: within which the plan promises an answer.
    """

    customer: str
    kind: CaseKind
    scan_id: str
    source: str
    media: str
    media_kind: MediaKind
    panel: str
    automatic: Label
    reason: str
    suspects: Technique | None = None
    paid_by: str
    term: timedelta


def open_case(session: Session, opening: Opening, *, now: datetime) -> CaseRow:
    """Open a case.

    Raises:
        CaseOpenAlready: the customer has a live one about this item.
        ItemSettled: a dispute about this item has been settled.
    """
    settled = verdicts.latest(session, opening.media)
    if settled is not None and settled.kind == CaseKind.DISPUTE:
        raise ItemSettled(f"Independent experts have settled this item: {settled.decision}.")
    row = CaseRow(
        id=secrets.token_hex(12),
        customer_id=opening.customer,
        live_key=_live_key(opening.customer, opening.media),
        scan_id=opening.scan_id,
        kind=opening.kind.value,
        state=CaseState.OPEN.value,
        reason=opening.reason,
        suspects=opening.suspects.value if opening.suspects else None,
        paid_by=opening.paid_by,
        source=opening.source,
        media_digest=opening.media,
        media_kind=opening.media_kind.value,
        panel_digest=opening.panel,
        automatic=opening.automatic.value,
        opened_at=now,
        due_at=now + opening.term,
    )
    if not try_add(session, row):
        raise CaseOpenAlready("You have a live case about this item.")
    history.write(session, row, Happening.OPENED, actor=opening.customer, now=now)
    return row


def assign(
    session: Session, row: CaseRow, expert: str, pseudonym: str, *, actor: str = "", now: datetime
) -> ReviewRow:
    """Give an expert a vacant seat of a locked case; raises `IllegalStep`."""
    matter = rules.assign(matter_of(session, row), expert)
    row.state = matter.state.value
    term = row.due_at - row.opened_at
    seat = ReviewRow(
        id=secrets.token_hex(12),
        case_id=row.id,
        number=len(matter.seats),
        expert_id=expert,
        pseudonym=pseudonym,
        state=ReviewState.ASSIGNED.value,
        assigned_at=now,
        due_at=terms.review_due(opened=row.opened_at, term=term, now=now),
    )
    session.add(seat)
    session.flush()
    history.write(session, row, Happening.ASSIGNED, actor=actor, review=seat, now=now)
    return seat


def begin(session: Session, review_id: str, expert: str, *, now: datetime) -> None:
    """Open a review; again changes nothing.

    Raises:
        NotYourReview, IllegalStep: see `clarity.cases.rules.begin`.
    """
    row, seat = review(session, review_id, expert, lock=True)
    _begin(session, row, seat, now=now)


def submit(
    session: Session,
    review_id: str,
    expert: str,
    *,
    version: int,
    opinions: Sequence[ModelOpinion],
    key: SigningKey,
    now: datetime,
) -> CaseRow:
    """Hand a report in, in the version that the expert saw; the last one settles the case.

    Args:
        session: open transaction.
        review_id: the seat.
        expert: whose it is.
        version: number of the newest version, as the expert knows it.
        opinions: of the automatic report; live accuracy is counted from them.
        key: signs the verdict.
        now: the moment.

    Raises:
        NotYourReview, IllegalStep: there is nothing to submit.
        SavedMeanwhile: another window has saved a newer version.
        IncompleteReport: something is missing.
    """
    row, seat = review(session, review_id, expert, lock=True)
    form = writing.newest_for_submission(session, seat, version)
    assert form.decision is not None
    before = matter_of(session, row)
    matter = rules.submit(before, expert, form.decision)
    if before.state is CaseState.ASSIGNED or seat.begun_at is None:
        _begin(session, row, seat, now=now)
    seat.state, seat.submitted_at = ReviewState.SUBMITTED.value, now
    seat.decision, seat.submitted_version = form.decision.value, version
    session.flush()
    seat.report_digest = writing.report_digest(session, row, seat)
    history.write(session, row, Happening.SUBMITTED, actor=expert, review=seat, now=now)
    row.state = matter.state.value
    session.flush()
    if matter.state is CaseState.SECOND_REVIEW and before.state is not CaseState.SECOND_REVIEW:
        history.write(session, row, Happening.DIFFERED, now=now)
    if matter.settled is not None:
        row.settled = matter.settled.value
        _end(row, now)
        seats = reviews_of(session, row.id)
        verdicts.settle(session, row, seats, opinions=opinions, key=key, now=now)
        history.write(session, row, Happening.SETTLED, now=now)
    return row


def vacate(
    session: Session, row: CaseRow, seat: ReviewRow, why: Happening, *, actor: str, now: datetime
) -> None:
    """Take a seat of a locked case back.

    Args:
        session: open transaction.
        row, seat: which.
        why: `DECLINED`, `OVERDUE` or `REPLACED`.
        actor: who did it; empty for the service.
        now: the moment.

    Raises:
        NotYourReview, IllegalStep: see `clarity.cases.rules.vacate`.
    """
    matter = rules.vacate(matter_of(session, row), seat.expert_id)
    row.state = matter.state.value
    seat.state, seat.vacated = ReviewState.VACATED.value, why.value
    session.flush()
    history.write(session, row, why, actor=actor, review=seat, now=now)


def withdraw(session: Session, case_id: str, customer: str, *, now: datetime) -> CaseRow:
    """End a customer's case without an outcome.

    Raises:
        CaseNotFound: it is not this customer's.
        IllegalStep: it is over.
    """
    row = own(session, case_id, customer, lock=True)
    row.state = rules.withdraw(matter_of(session, row)).state.value
    _end(row, now)
    session.flush()
    history.write(session, row, Happening.WITHDRAWN, actor=customer, now=now)
    return row


def _begin(session: Session, row: CaseRow, seat: ReviewRow, *, now: datetime) -> None:
    before = matter_of(session, row)
    matter = rules.begin(before, seat.expert_id)
    if matter == before:
        return
    row.state = matter.state.value
    seat.state, seat.begun_at = ReviewState.BEGUN.value, now
    session.flush()
    history.write(session, row, Happening.BEGUN, actor=seat.expert_id, review=seat, now=now)


def _end(row: CaseRow, now: datetime) -> None:
    row.live_key, row.over_at = None, now


def _live_key(customer: str, media: str) -> str:
    return hashlib.sha256(f"{customer}\x00{media}".encode()).hexdigest()
