"""Routes below `/v1/invoices` and `/v1/credit-notes`: an account's bills."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from clarity.billing.history import InvoiceNotFound
from clarity.billing.messages import History, Invoice
from clarity.billing.pdf import UnprintableSeller
from deployments.rest.access import MEMBER_ERRORS
from deployments.rest.payer import Account
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1", tags=["billing"])

Number = Annotated[str, Path(description="as GET /v1/invoices names it", max_length=24)]
_ERRORS = documented(*MEMBER_ERRORS, InvoiceNotFound, InvalidRequest, UnprintableSeller, Unexpected)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bill.", "content": {"application/pdf": {}}},
    **_ERRORS,
}


@router.get(
    "/invoices",
    summary="Bills, past and upcoming",
    responses=documented(*MEMBER_ERRORS, Unexpected),
)
def list_invoices(account: Account, services: ServicesOf) -> History:
    """Every invoice of the account with its credit notes, the newest first, and what will be
    charged next."""
    return services.desk.bills.history(account)


@router.get("/invoices/{number}", summary="One invoice", responses=_ERRORS)
def read_invoice(number: Number, account: Account, services: ServicesOf) -> Invoice:
    """The invoice with its credit notes."""
    return services.desk.bills.invoice(account, number)


@router.get(
    "/invoices/{number}/pdf",
    summary="An invoice as PDF",
    response_class=Response,
    responses=_PDF,
)
def print_invoice(number: Number, account: Account, services: ServicesOf) -> Response:
    """To print or to file; it names no person, only the account's number."""
    return _pdf(services.desk.bills.invoice_pdf(account, number), number)


@router.get(
    "/credit-notes/{number}/pdf",
    summary="A credit note as PDF",
    response_class=Response,
    responses=_PDF,
)
def print_credit_note(number: Number, account: Account, services: ServicesOf) -> Response:
    """What takes an invoice back, in whole or in part."""
    return _pdf(services.desk.bills.credit_note_pdf(account, number), number)


def _pdf(content: bytes, number: str) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{number}.pdf"',
    }
    return Response(content, media_type="application/pdf", headers=headers)
