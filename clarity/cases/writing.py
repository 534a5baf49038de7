"""What an expert writes: versions that are only ever added, attachments, the submitted report."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Session, col, select

from clarity.cases.messages import AttachmentShown, Draft, DraftVersion
from clarity.cases.rules import IllegalStep
from clarity.cases.tables import AttachmentRow, CaseRow, ReviewRow, VersionRow
from clarity.database import try_add
from clarity.errors import ClarityError
from clarity.evidence.canonical import digest_of
from clarity.reports.expertise import (
    Attachment,
    ExpertForm,
    ExpertReport,
    changed_fields,
    missing,
    need_complete,
)

MOST_ATTACHMENTS = 20


class SavedMeanwhile(ClarityError):
    """Another window has saved a newer version of this report.

    Attributes:
        extensions: `current`, `changed` and `yours`, see `clarity.cases.messages.Conflicting`.
    """

    status: ClassVar[int] = 412
    code: ClassVar[str] = "saved-meanwhile"
    hint = (
        "Nothing was overwritten. Look at `current` and `yours` side by side, join them, and "
        "save with the version of `current` as If-Match."
    )

    def __init__(self, message: str, *, extensions: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.extensions = extensions or {}


class VersionNotFound(ClarityError):
    """This report has no such version."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "version-not-found"
    hint = "GET /v1/reviews/{review_id}/versions lists them."


class AttachmentNotFound(ClarityError):
    """The report has no such attachment."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "attachment-not-found"
    hint = "GET /v1/reviews/{review_id}/attachments lists them."


class TooManyAttachments(ClarityError):
    """The report has as many attachments as it may have."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "too-many-attachments"
    hint = "Remove one that the report does not need."


def draft(session: Session, seat: ReviewRow) -> Draft:
    """The newest version; an empty form while nothing is saved."""
    row = _newest(session, seat.id)
    form = ExpertForm.model_validate_json(row.document) if row else ExpertForm()
    return Draft(
        version=row.number if row else 0,
        saved_at=row.saved_at if row else None,
        form=form,
        missing=list(missing(form)),
    )


def save(session: Session, seat: ReviewRow, form: ExpertForm, *, base: int, now: datetime) -> Draft:
    """Add a version. One that says the same as the newest adds nothing.

    Args:
        session: open transaction.
        seat: whose report it is.
        form: all of it.
        base: number of the version that the writer had before.
        now: the moment.

    Raises:
        SavedMeanwhile: the newest version is another than `base`.
        IllegalStep: the report is submitted.
    """
    _need_unsubmitted(seat)
    current = draft(session, seat)
    if current.form == form and current.version:
        return current
    if current.version != base:
        raise _conflict(session, seat, current, form, base)
    row = VersionRow(
        review_id=seat.id, number=base + 1, saved_at=now, document=form.model_dump_json()
    )
    if not try_add(session, row):
        raise _conflict(session, seat, draft(session, seat), form, base)
    return Draft(version=row.number, saved_at=now, form=form, missing=list(missing(form)))


def newest_for_submission(session: Session, seat: ReviewRow, version: int) -> ExpertForm:
    """The newest version, if it is the one that the writer saw and it is complete.

    Raises:
        SavedMeanwhile: it is another.
        IncompleteReport: something is missing.
    """
    current = draft(session, seat)
    if current.version != version:
        raise _conflict(session, seat, current, None, version)
    need_complete(current.form)
    return current.form


def versions(session: Session, seat: ReviewRow) -> list[DraftVersion]:
    """All versions, newest first, each with what it changed."""
    query = select(VersionRow).where(VersionRow.review_id == seat.id)
    rows = session.exec(query.order_by(col(VersionRow.number))).all()
    found, before = [], ExpertForm()
    for row in rows:
        form = ExpertForm.model_validate_json(row.document)
        found.append(
            DraftVersion(
                version=row.number,
                saved_at=row.saved_at,
                changed=changed_fields(before, form),
                submitted=row.number == seat.submitted_version,
            )
        )
        before = form
    return found[::-1]


def version(session: Session, seat: ReviewRow, number: int) -> Draft:
    """One version; raises `VersionNotFound`."""
    row = session.get(VersionRow, (seat.id, number))
    if row is None:
        raise VersionNotFound(f"There is no version {number} of this report.")
    form = ExpertForm.model_validate_json(row.document)
    return Draft(version=number, saved_at=row.saved_at, form=form, missing=list(missing(form)))


def attach(
    session: Session,
    seat: ReviewRow,
    *,
    name: str,
    mime: str,
    size: int,
    digest: str,
    now: datetime,
) -> AttachmentShown:
    """Put a stored file beside a report.

    Raises:
        IllegalStep: the report is submitted.
        TooManyAttachments: there are twenty.
    """
    _need_unsubmitted(seat)
    if len(_attachments(session, seat.id)) >= MOST_ATTACHMENTS:
        raise TooManyAttachments(f"A report has at most {MOST_ATTACHMENTS} attachments.")
    row = AttachmentRow(
        id=secrets.token_hex(8),
        review_id=seat.id,
        name=name,
        mime=mime,
        size=size,
        digest=digest,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return _shown(row)


def attachments(session: Session, seat: ReviewRow) -> list[AttachmentShown]:
    """Files beside a report, in the order in which they came."""
    return [_shown(row) for row in _attachments(session, seat.id)]


def attachment(session: Session, seat: ReviewRow, attachment_id: str) -> AttachmentShown:
    """One of them; raises `AttachmentNotFound`."""
    return _shown(_attachment(session, seat, attachment_id))


def attachment_among(
    session: Session, seats: Sequence[ReviewRow], attachment_id: str
) -> AttachmentShown:
    """An attachment of one of these reports; raises `AttachmentNotFound`."""
    row = session.get(AttachmentRow, attachment_id)
    owner = next((seat for seat in seats if row and seat.id == row.review_id), None)
    if owner is None:
        raise AttachmentNotFound("There is no such attachment.")
    return attachment(session, owner, attachment_id)


def detach(session: Session, seat: ReviewRow, attachment_id: str, *, now: datetime) -> None:
    """Take a file away from a report that is not submitted.

    Raises:
        AttachmentNotFound, IllegalStep: there is none, or it is too late.
    """
    _need_unsubmitted(seat)
    _attachment(session, seat, attachment_id).removed_at = now
    session.flush()


def report(session: Session, case: CaseRow, seat: ReviewRow) -> ExpertReport:
    """The submitted report; always the same."""
    assert seat.submitted_version is not None
    assert seat.submitted_at is not None
    files = [Attachment.model_validate(a.model_dump()) for a in attachments(session, seat)]
    return ExpertReport(
        expert=seat.pseudonym,
        review=seat.number,
        submitted_at=seat.submitted_at,
        version=seat.submitted_version,
        media=case.media_digest,
        form=version(session, seat, seat.submitted_version).form,
        attachments=files,
    )


def report_digest(session: Session, case: CaseRow, seat: ReviewRow) -> str:
    """SHA-256 of the submitted report's canonical JSON: what the verdict signs."""
    return digest_of(report(session, case, seat))


def _conflict(
    session: Session, seat: ReviewRow, current: Draft, form: ExpertForm | None, base: int
) -> SavedMeanwhile:
    had = session.get(VersionRow, (seat.id, base))
    before = ExpertForm.model_validate_json(had.document) if had else ExpertForm()
    changed = changed_fields(before, current.form)
    own = changed_fields(before, form) if form else []
    saved = f" at {current.saved_at:%H:%M:%S} UTC" if current.saved_at else ""
    return SavedMeanwhile(
        f"Version {current.version} was saved{saved}, after your version {base}; it changed: "
        f"{', '.join(changed) or 'nothing'}.",
        extensions={
            "current": current.model_dump(mode="json"),
            "changed": changed,
            "yours": form.model_dump(mode="json", include=set(own)) if form else {},
        },
    )


def _need_unsubmitted(seat: ReviewRow) -> None:
    if seat.submitted_at is not None:
        raise IllegalStep("This report has been submitted; it is never changed.")


def _newest(session: Session, review_id: str) -> VersionRow | None:
    query = select(VersionRow).where(VersionRow.review_id == review_id)
    return session.exec(query.order_by(col(VersionRow.number).desc()).limit(1)).first()


def _attachments(session: Session, review_id: str) -> Sequence[AttachmentRow]:
    query = select(AttachmentRow).where(
        AttachmentRow.review_id == review_id, col(AttachmentRow.removed_at).is_(None)
    )
    return session.exec(query.order_by(col(AttachmentRow.added_at), col(AttachmentRow.id))).all()


def _attachment(session: Session, seat: ReviewRow, attachment_id: str) -> AttachmentRow:
    row = session.get(AttachmentRow, attachment_id)
    if row is None or row.review_id != seat.id or row.removed_at is not None:
        raise AttachmentNotFound("There is no such attachment.")
    return row


def _shown(row: AttachmentRow) -> AttachmentShown:
    return AttachmentShown(
        id=row.id,
        name=row.name,
        mime=row.mime,
        size=row.size,
        digest=row.digest,
        added_at=row.added_at,
    )
