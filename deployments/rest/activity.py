"""What happened to an account: its scans and its activity log."""

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from clarity.customers import service as customers
from clarity.customers.messages import ActivityPage, Kind
from clarity.customers.rules import as_csv
from clarity.customers.service import Filters
from clarity.scans import service as scans
from clarity.scans.messages import Scan
from deployments.rest.access import MEMBER_ERRORS, MemberOrKey
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1/account", tags=["activity"])

ERRORS = (*MEMBER_ERRORS, InvalidRequest, Unexpected)


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"


def filters(
    kind: Annotated[list[Kind] | None, Query(description="only these kinds")] = None,
    since: Annotated[datetime | None, Query(description="at or after this moment")] = None,
    until: Annotated[datetime | None, Query(description="before this moment")] = None,
    text: Annotated[str, Query(max_length=100, description="containing these words")] = "",
) -> Filters:
    return Filters(kinds=kind or (), since=_aware(since), until=_aware(until), text=text.strip())


FiltersOf = Annotated[Filters, Depends(filters)]


@router.get("/scans", summary="Your scans", responses=documented(*ERRORS))
async def list_scans(
    services: ServicesOf,
    caller: MemberOrKey,
    before: Annotated[datetime | None, Query(description="accepted before this moment")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[Scan]:
    """Newest first, each with its report. Go on with the last one's `created_at` as `before`."""

    def read() -> list[Scan]:
        with services.archive.scans.read() as session:
            rows = scans.history(session, caller.who.account_id, limit=limit, before=_aware(before))
        return [services.archive.describe(row) for row in rows]

    return await asyncio.to_thread(read)


@router.get("/activity", summary="Your activity log", responses=documented(*ERRORS))
def list_activity(
    services: ServicesOf,
    caller: MemberOrKey,
    wanted: FiltersOf,
    after: Annotated[str, Query(max_length=20, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActivityPage:
    """Scans, queries, payments, reports, disputes and changes of the account, newest first."""
    with services.members.customers.read() as session:
        return customers.page(session, caller.who.account_id, wanted, after=after, limit=limit)


@router.get(
    "/activity/export",
    summary="Your activity log as a file",
    response_class=Response,
    responses={
        200: {"description": "The file.", "content": {"text/csv": {}, "application/json": {}}},
        **documented(*ERRORS),
    },
)
def export_activity(
    services: ServicesOf, caller: MemberOrKey, wanted: FiltersOf, form: Form = Form.CSV
) -> Response:
    """Everything that passes the filters, as CSV or JSON."""
    account = caller.who.account_id
    with services.members.customers.read() as session:
        found = list(customers.every(session, account, wanted))
    words = f"You exported {len(found)} lines of your activity log."
    services.members.record(account, Kind.QUERY, account, words)
    if form is Form.CSV:
        content, kind = as_csv(found), "text/csv; charset=utf-8"
    else:
        content, kind = ActivityPage(activities=found).model_dump_json(indent=2), "application/json"
    name = f'attachment; filename="clarity-activity.{form.value}"'
    headers = {"Cache-Control": "no-store", "Content-Disposition": name}
    return Response(content, media_type=kind, headers=headers)


def _aware(moment: datetime | None) -> datetime | None:
    """A moment without a zone is taken for UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)
