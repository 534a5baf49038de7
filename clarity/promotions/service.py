"""Use cases of the history of releases. They flush; who calls them commits."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.promotions.rules import Act, Promotion
from clarity.promotions.tables import PromotionRow


class PromotedMeanwhile(ClarityError):
    """Somebody else changed the release while this one was being validated."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "promoted-meanwhile"
    hint = "Look at `python -m train releases` and validate against what is at work now."


def record(
    session: Session,
    detector: str,
    *,
    act: Act,
    release: str,
    card_digest: str,
    by: str,
    reason: str,
    at: datetime,
    after: int,
    grounds: Mapping[str, object] | None = None,
) -> Promotion:
    """Add a line to a detector's history; from then on its release is in force.

    Args:
        session: open transaction.
        after: number of the line that the caller took for the last one, 0 for none.
        grounds: the comparison that justified it.

    Raises:
        PromotedMeanwhile: another line came after that one.
    """
    row = PromotionRow(
        detector=detector,
        number=after + 1,
        act=act.value,
        release=release,
        card_digest=card_digest,
        at=at,
        by=by,
        reason=reason,
        grounds=json.dumps(grounds or {}),
    )
    if not try_add(session, row):
        raise PromotedMeanwhile(f"The release of {detector} was changed meanwhile.")
    return _promotion(row)


def history(session: Session, detector: str) -> list[Promotion]:
    """All lines of a detector, oldest first."""
    query = (
        select(PromotionRow)
        .where(PromotionRow.detector == detector)
        .order_by(col(PromotionRow.number))
    )
    return [_promotion(row) for row in session.exec(query)]


def in_force(session: Session, detector: str) -> Promotion | None:
    """The last line of a detector, if there is any."""
    query = (
        select(PromotionRow)
        .where(PromotionRow.detector == detector)
        .order_by(col(PromotionRow.number).desc())
        .limit(1)
    )
    row = session.exec(query).first()
    return _promotion(row) if row else None


def _promotion(row: PromotionRow) -> Promotion:
    return Promotion(
        detector=row.detector,
        number=row.number,
        act=Act(row.act),
        release=row.release,
        card_digest=row.card_digest,
        at=row.at,
        by=row.by,
        reason=row.reason,
        grounds=json.loads(row.grounds),
    )
