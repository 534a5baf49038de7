"""The item, its pictures and attachments, for its reviewers. What is handed out is written down
first, in the case's chain of custody."""

import asyncio
import mimetypes
from pathlib import Path as File
from tempfile import mkdtemp
from typing import Annotated, ClassVar

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, Response
from sqlmodel import Session
from starlette.background import BackgroundTask

from clarity.audit.messages import Action
from clarity.cases import custody, docket, rules, writing
from clarity.cases.custody import CustodyBusy
from clarity.cases.messages import AttachmentShown, CustodyAct, CustodyLine
from clarity.cases.rules import IllegalStep
from clarity.cases.tables import CaseRow, ReviewRow
from clarity.cases.writing import AttachmentNotFound, TooManyAttachments
from clarity.errors import ClarityError
from clarity.media.frames import MediaKind
from clarity.media.sniff import EmptyFile, UnsupportedMedia, describe, sniff
from clarity.reports.service import ImageNotFound
from clarity.storage import Incoming, ObjectDamaged, ObjectMissing
from deployments.rest.access import Caller, Expert
from deployments.rest.files import NO_STORE, report_picture
from deployments.rest.problems import documented
from deployments.rest.reviews import ERRORS, ReviewId, begin
from deployments.rest.services import Services, ServicesOf
from deployments.rest.uploads import (
    UploadBroken,
    UploadLimits,
    UploadStalled,
    UploadTooLarge,
    receive_file,
)

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])

ATTACHMENT_BYTES = 10 * 1024**2
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})

AttachmentId = Annotated[str, Path(max_length=32)]


class UnsupportedAttachment(ClarityError):
    """The file is of a kind that is not attached to reports."""

    status: ClassVar[int] = 415
    code: ClassVar[str] = "unsupported-attachment"
    hint = "Attach a JPEG, PNG or WebP picture, a PDF, or plain text (UTF-8) such as CSV."


@router.get(
    "/{review_id}/media",
    summary="The item itself",
    response_class=Response,
    responses={
        200: {"description": "The file, as it was handed in.", "content": {"*/*": {}}},
        **documented(IllegalStep, CustodyBusy, ObjectMissing, ObjectDamaged, *ERRORS),
    },
)
def read_media(
    review_id: ReviewId,
    services: ServicesOf,
    caller: Expert,
    use: Annotated[
        CustodyAct, Query(description="to look at it here, or to keep a copy for the work")
    ] = CustodyAct.VIEWED,
) -> Response:
    """While the case lasts. Customer and administrators see who looked and who downloaded."""
    begin(services, caller, review_id)
    row, _ = _hand_out(services, caller, review_id, use)
    folder = File(mkdtemp(prefix="clarity-media-"))

    def tidy() -> None:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()

    try:
        path = services.archive.store.checkout(row.media_digest, folder)
        with path.open("rb") as file:
            kind = sniff(file.read(4096))
    except ClarityError:
        tidy()
        raise
    return FileResponse(
        path,
        media_type=kind.mime,
        filename=f"item-{row.media_digest[:12]}{kind.extension}",
        content_disposition_type="attachment" if use is CustodyAct.DOWNLOADED else "inline",
        headers=NO_STORE,
        background=BackgroundTask(tidy),
    )


@router.get(
    "/{review_id}/images/{name}",
    summary="A picture of the automatic report",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {"image/png": {}, "image/jpeg": {}}},
        **documented(
            IllegalStep, CustodyBusy, ImageNotFound, ObjectMissing, ObjectDamaged, *ERRORS
        ),
    },
)
def read_image(
    review_id: ReviewId,
    name: Annotated[str, Path(description="as the report names it", max_length=128)],
    services: ServicesOf,
    caller: Expert,
) -> Response:
    """Face, heat map or whole frame. The first one that is looked at is written down."""
    row, _ = _hand_out(services, caller, review_id, CustodyAct.PICTURES)
    answer = report_picture(services, row.media_digest, row.panel_digest, name=name)
    # Not to be shown again once the case is over.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post(
    "/{review_id}/attachments",
    status_code=201,
    summary="Attach a file",
    response_model=AttachmentShown,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        }
    },
    responses=documented(
        IllegalStep,
        TooManyAttachments,
        UnsupportedAttachment,
        EmptyFile,
        UploadBroken,
        UploadStalled,
        UploadTooLarge,
        *ERRORS,
    ),
)
async def attach(
    review_id: ReviewId, request: Request, services: ServicesOf, caller: Expert
) -> AttachmentShown:
    """As the multipart field `file`: a picture, a PDF or plain text, 10 MiB at most."""
    await asyncio.to_thread(begin, services, caller, review_id)
    idle = services.settings.upload_idle_seconds
    limits = UploadLimits(
        file_bytes=ATTACHMENT_BYTES,
        idle_seconds=idle,
        slowest=services.settings.upload_slowest,
    )
    found: list[str] = []

    def check(head: bytes) -> None:
        found.append(attachment_type(head))

    with services.archive.store.incoming() as incoming:
        name = await receive_file(request, incoming, limits, check=check)
        return await asyncio.to_thread(
            _attach, services, caller, review_id, incoming, name=name, mime=found[0]
        )


@router.get("/{review_id}/attachments", summary="Attachments", responses=documented(*ERRORS))
def list_attachments(
    review_id: ReviewId, services: ServicesOf, caller: Expert
) -> list[AttachmentShown]:
    """Those of your own report, in the order in which they came."""
    with services.members.cases.read() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id)
        return writing.attachments(session, seat)


@router.get(
    "/{review_id}/attachments/{attachment_id}",
    summary="An attachment",
    response_class=Response,
    responses={
        200: {"description": "The file.", "content": {"*/*": {}}},
        **documented(AttachmentNotFound, ObjectMissing, ObjectDamaged, *ERRORS),
    },
)
def read_attachment(
    review_id: ReviewId, attachment_id: AttachmentId, services: ServicesOf, caller: Expert
) -> Response:
    """Of your own report; once the case is settled also of the other reviewers' reports."""
    account = caller.who.account_id
    with services.members.cases.read() as session:
        row, _ = docket.review(session, review_id, account)
        matter = docket.matter_of(session, row)
        seats = docket.reviews_of(session, row.id)
        seen = [s for s in seats if rules.may_read_report(matter, account, s.expert_id)]
        found = writing.attachment_among(session, seen, attachment_id)
    return attachment_file(services, found)


@router.delete(
    "/{review_id}/attachments/{attachment_id}",
    status_code=204,
    summary="Take an attachment away",
    responses=documented(AttachmentNotFound, IllegalStep, *ERRORS),
)
def detach(
    review_id: ReviewId, attachment_id: AttachmentId, services: ServicesOf, caller: Expert
) -> None:
    """Until the report is submitted."""
    members = services.members
    with members.cases.write() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id, lock=True)
        writing.detach(session, seat, attachment_id, now=members.clock())


def attachment_file(services: Services, told: AttachmentShown) -> Response:
    """An attachment, always to be saved and never to be run in the page."""
    name = f"attachment-{told.id}{mimetypes.guess_extension(told.mime) or '.bin'}"
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}
    content = services.archive.store.get(told.digest)
    return Response(content, media_type=told.mime, headers=headers)


def attachment_type(head: bytes) -> str:
    """Media type of an attachment by its first bytes.

    Raises:
        EmptyFile: it has none.
        UnsupportedAttachment: it is of another kind.
    """
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        found = sniff(head)
    except UnsupportedMedia as error:
        if _is_text(head):
            return "text/plain; charset=utf-8"
        raise _unsupported(describe(head)) from error
    if found.kind is not MediaKind.IMAGE or found.mime not in PICTURES:
        raise _unsupported(found.mime)
    return found.mime


def _unsupported(what: str) -> UnsupportedAttachment:
    return UnsupportedAttachment(
        f"This is {what}; a picture, a PDF or plain text in UTF-8 may be attached."
    )


def _is_text(head: bytes) -> bool:
    # The last character may be cut in two.
    for cut in range(min(4, len(head))):
        try:
            text = head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return all(sign.isprintable() or sign in "\t\r\n\f\ufeff" for sign in text)
    return False


def _attach(
    services: Services,
    caller: Caller,
    review_id: str,
    incoming: Incoming,
    *,
    name: str,
    mime: str,
) -> AttachmentShown:
    members = services.members
    with members.cases.write() as session:
        _, seat = docket.review(session, review_id, caller.who.account_id, lock=True)
        made = writing.attach(
            session,
            seat,
            name=name,
            mime=mime,
            size=incoming.size,
            digest=incoming.digest,
            now=members.clock(),
        )
        # Inside the transaction: who erases a case cannot remove what is just being stored.
        incoming.commit()
        return made


def _hand_out(
    services: Services, caller: Caller, review_id: str, act: CustodyAct
) -> tuple[CaseRow, ReviewRow]:
    """The caller's case, once it is written down that the caller gets the item."""
    members, account = services.members, caller.who.account_id

    def note(session: Session) -> tuple[CaseRow, ReviewRow, CustodyLine | None]:
        row, seat = docket.review(session, review_id, account, lock=True)
        if not rules.may_open_media(docket.matter_of(session, row), account):
            raise IllegalStep("The item is shown only while you hold a review of a live case.")
        once = act is CustodyAct.PICTURES
        line = custody.note(session, row, seat.pseudonym, act, once=once, now=members.clock())
        return row, seat, line

    row, seat, line = members.cases.repeat(note)
    if line is not None:
        # The audit log has its digest too, so that a chain that lost its end is found out.
        detail = f"{act.value}, custody line {line.number}, {line.digest}"
        members.note(Action.MEDIA_SEEN, actor=account, subject=row.id, detail=detail)
    return row, seat
