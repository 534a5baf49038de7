"""Who had an item in hand: a chain of lines for every case. Flushed, not committed."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from sqlmodel import Session, col, select

from clarity.cases.messages import Custody, CustodyAct, CustodyLine
from clarity.cases.tables import CaseRow, CustodyRow
from clarity.database import try_add
from clarity.errors import ClarityError

START = "0" * 64
ATTEMPTS = 20


class CustodyBusy(ClarityError):
    """Too many want to have the item in hand at once."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "custody-busy"
    hint = "Try again in a second: nothing is handed out that is not written down."
    retry_after = 1


def line_digest(
    case_id: str, number: int, at: datetime, who: str, act: str, media: str, previous: str
) -> str:
    """SHA-256 in hex of a line; JSON keeps fields from running into one another."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [case_id, number, moment, who, act, media, previous]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).hexdigest()


def note(
    session: Session,
    row: CaseRow,
    who: str,
    act: CustodyAct,
    *,
    once: bool = False,
    now: datetime,
) -> CustodyLine | None:
    """Write down that somebody gets the item, before it is handed out.

    Args:
        session: open transaction.
        row: the case.
        who: pseudonym.
        act: what it is given for.
        once: write nothing where it is written down already, and give None.
        now: the moment.

    Raises:
        CustodyBusy: others were faster again and again.
    """
    if once and _is_noted(session, row.id, who, act):
        return None
    for _ in range(ATTEMPTS):
        last = _last(session, row.id)
        number, previous = (last.number + 1, last.digest) if last else (1, START)
        digest = line_digest(row.id, number, now, who, act.value, row.media_digest, previous)
        line = CustodyRow(
            case_id=row.id,
            number=number,
            at=now,
            who=who,
            act=act.value,
            media_digest=row.media_digest,
            previous=previous,
            digest=digest,
        )
        if try_add(session, line):
            return _line(line)
    raise CustodyBusy("Too many open this item just now.")


def custody(session: Session, case_id: str) -> Custody:
    """A case's chain, every digest computed anew. A chain that was cut at its end looks whole:
    the audit log names the digest of each line too."""
    query = select(CustodyRow).where(CustodyRow.case_id == case_id)
    rows = session.exec(query.order_by(col(CustodyRow.number))).all()
    broken = next((n for n, row in enumerate(rows, start=1) if not _fits(rows, row, n)), None)
    return Custody(lines=[_line(row) for row in rows], whole=broken is None, first_broken=broken)


def _fits(rows: Sequence[CustodyRow], row: CustodyRow, number: int) -> bool:
    previous = rows[number - 2].digest if number > 1 else START
    right = line_digest(
        row.case_id, row.number, row.at, row.who, row.act, row.media_digest, row.previous
    )
    return row.number == number and row.previous == previous and row.digest == right


def _is_noted(session: Session, case_id: str, who: str, act: CustodyAct) -> bool:
    query = select(CustodyRow.number).where(
        CustodyRow.case_id == case_id, CustodyRow.who == who, CustodyRow.act == act.value
    )
    return session.exec(query.limit(1)).first() is not None


def _last(session: Session, case_id: str) -> CustodyRow | None:
    query = select(CustodyRow).where(CustodyRow.case_id == case_id)
    return session.exec(query.order_by(col(CustodyRow.number).desc()).limit(1)).first()


def _line(row: CustodyRow) -> CustodyLine:
    return CustodyLine(
        number=row.number,
        at=row.at,
        who=row.who,
        act=CustodyAct(row.act),
        media=row.media_digest,
        previous=row.previous,
        digest=row.digest,
    )
