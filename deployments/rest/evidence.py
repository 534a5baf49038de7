"""Routes of the evidence log. Public: its lines are digests, numbers, times and signatures."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from clarity.evidence import service as evidence
from clarity.evidence.messages import Head, SignedReceipt, VerifyingKey
from clarity.evidence.service import ReceiptMissing
from clarity.scans.archive import Archive
from clarity.scans.service import ScanNotFound
from deployments.rest.access import ANYONE_ERRORS, OPEN, STRANGER_ERRORS, Anyone
from deployments.rest.files import NO_STORE
from deployments.rest.problems import LARGEST_NUMBER, InvalidRequest, Unexpected, documented
from deployments.rest.scans import ScanId, readable
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1", tags=["evidence"])

NDJSON = "application/x-ndjson"


@router.get(
    "/scans/{scan_id}/receipt.json",
    summary="The receipt of a report",
    response_model=SignedReceipt,
    responses=documented(ScanNotFound, ReceiptMissing, InvalidRequest, *ANYONE_ERRORS, Unexpected),
)
def read_receipt(scan_id: ScanId, services: ServicesOf, caller: Anyone) -> Response:
    """What the verdict rests on, signed: `clarity replay` computes it again from this."""
    receipt = services.archive.receipt(readable(services, scan_id, caller))
    name = f"clarity-receipt-{receipt.signed.entry.receipt[:12]}.json"
    return JSONResponse(
        receipt.model_dump(mode="json"),
        headers={**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/evidence/head",
    summary="The head of the evidence log",
    response_model=Head,
    dependencies=OPEN,
    responses=documented(*STRANGER_ERRORS, Unexpected),
)
def read_head(services: ServicesOf) -> Response:
    """The newest line, signed. Whoever keeps it can tell later that nothing before it changed."""
    with services.archive.evidence.read() as session:
        head = evidence.head(session)
    return JSONResponse(head.model_dump(mode="json"), headers=NO_STORE)


@router.get(
    "/evidence/keys",
    summary="The public keys of the evidence log",
    response_model=list[VerifyingKey],
    dependencies=OPEN,
    responses=documented(*STRANGER_ERRORS, Unexpected),
)
def read_keys(services: ServicesOf) -> Response:
    """Every key that has signed receipts, and the one at work: `clarity verify --key` takes it."""
    archive = services.archive
    with archive.evidence.read() as session:
        keys = evidence.keys(session)
    if archive.key.public.key_id not in {key.key for key in keys}:
        keys.append(archive.key.public.message())
    return JSONResponse([key.model_dump(mode="json") for key in keys], headers=NO_STORE)


@router.get(
    "/evidence/log",
    summary="The evidence log",
    response_class=StreamingResponse,
    dependencies=OPEN,
    responses={
        200: {
            "description": "One signed entry a line, in order; the last line is the head.",
            "content": {NDJSON: {"schema": {"type": "string"}}},
        },
        **documented(InvalidRequest, *STRANGER_ERRORS, Unexpected),
    },
)
def read_log(
    services: ServicesOf,
    after: Annotated[
        int, Query(ge=0, le=LARGEST_NUMBER, description="entries up to this one are left out")
    ] = 0,
) -> Response:
    """The whole chain, for `clarity verify`. It tells nothing of what was scanned."""
    return StreamingResponse(
        _lines(services.archive, after), media_type=NDJSON, headers={**NO_STORE}
    )


def _lines(archive: Archive, after: int) -> Iterator[str]:
    with archive.evidence.read() as session:
        # the head first: entries that are added meanwhile stand behind it, and it stays true
        head = evidence.head(session)
        for entry in evidence.entries(session, after=after):
            yield entry.model_dump_json() + "\n"
    yield head.model_dump_json() + "\n"
