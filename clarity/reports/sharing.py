"""Links to reports: made and revoked by whoever holds the owner's secret.

A token is random, signed with the installation's secret, and stored as a digest only. The
signature lets forged tokens be refused before the database is asked; the digest lets nobody
who reads the database open a report.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, func, select

from clarity.errors import ClarityError
from clarity.reports.messages import Report, Share, SharedReport
from clarity.reports.tables import ReportRow, ShareRow

TOKEN_BYTES = 18
SIGNATURE_BYTES = 12
AT_MOST = 50
"""Links that are alive at once for one owner of one report."""


class ShareNotFound(ClarityError):
    """This link does not exist, has expired, or was revoked."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "share-not-found"
    hint = "Ask who gave you the link for a new one; check that it was copied whole."


class TooManyShares(ClarityError):
    """There are many links to this report already."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "too-many-shares"
    hint = "Revoke links that nobody needs any more."


def create(
    session: Session,
    *,
    media_digest: str,
    panel_digest: str,
    owner: str,
    source: str,
    life: timedelta,
    now: datetime,
    secret: str,
) -> Share:
    """Make a link to the report of these media by this panel.

    Args:
        session: open transaction.
        media_digest, panel_digest: name the report.
        owner: secret of who makes it; needed again to list and to revoke.
        source: name of the item, shown with the report.
        life: after which the link is dead.
        now: the moment.
        secret: of the installation; signs the token.

    Raises:
        ShareNotFound: there is no such report.
        TooManyShares: of this owner, to this report.
    """
    query = select(ReportRow.id).where(
        ReportRow.media_digest == media_digest, ReportRow.panel_digest == panel_digest
    )
    report_id = session.exec(query).first()
    if report_id is None:
        raise ShareNotFound("There is no report that could be shared.")
    if _alive(session, owner, now) >= AT_MOST:
        raise TooManyShares(f"There are {AT_MOST} links to this report.")
    token = _new_token(secret)
    row = ShareRow(
        id=secrets.token_hex(8),
        token_digest=_digest(token),
        owner_digest=_digest(owner),
        report_id=report_id,
        source=source,
        created_at=now,
        expires_at=now + life,
    )
    session.add(row)
    session.flush()
    return _describe(row).model_copy(update={"token": token})


def shares(session: Session, owner: str) -> list[Share]:
    """An owner's links, newest first; dead ones too."""
    query = select(ShareRow).where(ShareRow.owner_digest == _digest(owner))
    rows = session.exec(query.order_by(col(ShareRow.created_at).desc(), col(ShareRow.id)))
    return [_describe(row) for row in rows]


def revoke(session: Session, owner: str, share_id: str, *, now: datetime) -> None:
    """End a link now; one that is dead already stays as it is.

    Raises:
        ShareNotFound: the owner has no such link.
    """
    row = session.get(ShareRow, share_id)
    if row is None or not hmac.compare_digest(row.owner_digest, _digest(owner)):
        raise ShareNotFound("There is no such link.")
    if row.revoked_at is None:
        row.revoked_at = now
    session.flush()


def opened(session: Session, token: str, *, now: datetime, secret: str) -> tuple[SharedReport, str]:
    """What a token shows, and the digest of the panel that made it.

    Raises:
        ShareNotFound: forged, unknown, expired or revoked: which, is not told.
    """
    row = None
    if _is_signed(token, secret):
        query = select(ShareRow).where(ShareRow.token_digest == _digest(token))
        row = session.exec(query).first()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise ShareNotFound("This link does not work, or no longer.")
    report = session.get(ReportRow, row.report_id)
    assert report is not None  # the foreign key
    shown = SharedReport(
        source=row.source,
        expires_at=row.expires_at,
        report=Report.model_validate_json(report.document),
    )
    return shown, report.panel_digest


def _alive(session: Session, owner: str, now: datetime) -> int:
    query = select(func.count()).where(
        col(ShareRow.owner_digest) == _digest(owner),
        col(ShareRow.expires_at) > now,
        col(ShareRow.revoked_at).is_(None),
    )
    return session.exec(query).one()


def _describe(row: ShareRow) -> Share:
    return Share(
        id=row.id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _new_token(secret: str) -> str:
    random = secrets.token_bytes(TOKEN_BYTES)
    return base64.urlsafe_b64encode(random + _signature(random, secret)).decode()


def _is_signed(token: str, secret: str) -> bool:
    try:
        whole = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return False
    random, signature = whole[:TOKEN_BYTES], whole[TOKEN_BYTES:]
    return hmac.compare_digest(signature, _signature(random, secret))


def _signature(random: bytes, secret: str) -> bytes:
    whole = hmac.new(secret.encode(), b"report-share\x00" + random, hashlib.sha256).digest()
    return whole[:SIGNATURE_BYTES]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
