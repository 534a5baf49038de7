"""What experts settle: signed once per case, numbered per item, counted per model."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.cases.tables import CaseRow, JudgedRow, ReviewRow, VerdictRow
from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.evidence.canonical import canonical, digest_of
from clarity.evidence.keys import SigningKey
from clarity.labels import Label
from clarity.reports.expertise import Finding
from clarity.reports.messages import ModelOpinion
from clarity.reports.settled import CaseKind, Contribution, SettledVerdict, SignedVerdict

ATTEMPTS = 20


class NotSettled(ClarityError):
    """There is no settled verdict yet."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not-settled"
    hint = "Follow the case: it tells when its experts have settled."


class VerdictBusy(ClarityError):
    """Many cases about one item are being settled at once."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "verdict-busy"
    hint = "Submit again in a second; your report is kept."


def settle(
    session: Session,
    row: CaseRow,
    seats: Sequence[ReviewRow],
    *,
    opinions: Sequence[ModelOpinion],
    key: SigningKey,
    now: datetime,
) -> SignedVerdict:
    """Sign what a locked case was settled on.

    Raises:
        VerdictBusy: other cases about the item were faster again and again.
    """
    for _ in range(ATTEMPTS):
        signed = _signed(row, seats, latest(session, row.media_digest), key=key, now=now)
        if not try_add(session, _row(signed)):
            continue
        session.add_all(
            JudgedRow(
                verdict_digest=signed.digest,
                model=opinion.model,
                release=opinion.release,
                confidence=opinion.confidence,
            )
            for opinion in opinions
        )
        session.flush()
        return signed
    raise VerdictBusy("Another case about this item is being settled.")


def of_case(session: Session, case_id: str) -> SignedVerdict:
    """A case's verdict; raises `NotSettled`."""
    row = session.exec(select(VerdictRow).where(VerdictRow.case_id == case_id)).first()
    if row is None:
        raise NotSettled("This case has no verdict.")
    return signed_verdict(row)


def latest(session: Session, media: str) -> VerdictRow | None:
    """The verdict that holds for an item, if there is any."""
    query = select(VerdictRow).where(VerdictRow.media_digest == media)
    return session.exec(query.order_by(col(VerdictRow.number).desc()).limit(1)).first()


def signed_verdict(row: VerdictRow) -> SignedVerdict:
    """The verdict as it was signed."""
    return SignedVerdict(
        verdict=SettledVerdict.model_validate_json(row.document),
        digest=row.digest,
        key=row.key_id,
        signature=row.signature,
    )


def _signed(
    row: CaseRow,
    seats: Sequence[ReviewRow],
    before: VerdictRow | None,
    *,
    key: SigningKey,
    now: datetime,
) -> SignedVerdict:
    assert row.settled is not None
    verdict = SettledVerdict(
        case=row.id,
        kind=CaseKind(row.kind),
        media=row.media_digest,
        number=before.number + 1 if before else 1,
        previous=before.digest if before else None,
        decision=Finding(row.settled),
        automatic=Label(row.automatic),
        panel=row.panel_digest,
        contributions=[
            Contribution(
                expert=seat.pseudonym, decision=Finding(seat.decision), report=seat.report_digest
            )
            for seat in seats
            if seat.decision and seat.report_digest
        ],
        settled_at=now,
    )
    signature = base64.b64encode(key.sign(canonical(verdict))).decode()
    return SignedVerdict(
        verdict=verdict, digest=digest_of(verdict), key=key.public.key_id, signature=signature
    )


def _row(signed: SignedVerdict) -> VerdictRow:
    verdict = signed.verdict
    return VerdictRow(
        digest=signed.digest,
        case_id=verdict.case,
        media_digest=verdict.media,
        number=verdict.number,
        kind=verdict.kind.value,
        decision=verdict.decision.value,
        settled_at=verdict.settled_at,
        key_id=signed.key,
        signature=signed.signature,
        document=canonical(verdict).decode(),
    )
