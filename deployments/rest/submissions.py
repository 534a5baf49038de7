"""`POST /v1/scans`: from a request to an accepted scan."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clarity.clock import now
from clarity.errors import ClarityError
from clarity.reports import service as reports
from clarity.reports.rules import panel_digest
from clarity.scans import service
from clarity.scans.archive import queue_rules
from clarity.scans.rules import Priority, request_digest, scoped_key
from clarity.scans.service import Order
from clarity.scans.tables import ScanRow
from clarity.settings import Settings
from clarity.storage import Incoming
from deployments.rest.access import Caller
from deployments.rest.entitlements import Entitlement, entitlement
from deployments.rest.problems import BadRequest, InvalidRequest, NotReady
from deployments.rest.services import Services
from deployments.rest.uploads import UploadLimits, receive_file

ADDRESS_BODY_BYTES = 16 * 1024


class UnsupportedBody(ClarityError):
    """The request is neither a form with a file nor JSON with a URL."""

    status: ClassVar[int] = 415
    code: ClassVar[str] = "unsupported-body"
    hint = 'Send multipart/form-data with the field "file", or application/json {"url": "…"}.'


class Address(BaseModel):
    """A post or a video on a supported site."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(min_length=1, max_length=2048)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A scan that is written down, and the milliseconds since the last byte arrived."""

    row: ScanRow
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which a scan is taken in: for whom, by which panel, repeated by which key."""

    account_id: str | None
    given: Entitlement
    key: str | None
    fleeting: bool

    def order(self) -> dict[str, Any]:
        """The part of an `Order` that does not depend on what is scanned."""
        return {
            "account_id": self.account_id,
            "panel": self.given.panel,
            "priority": self.given.priority,
            "idempotency_key": self.key,
            "fleeting": self.fleeting,
        }


async def submit(request: Request, services: Services, key: str | None, caller: Caller) -> Accepted:
    """Take a file or a URL in; the scan is committed when this returns.

    Raises:
        ClarityError: the request, the upload, the address or the free lane is at fault.
    """
    if key is not None:
        key = _stored_key(caller, services.settings, key)
    given = await asyncio.to_thread(entitlement, services, caller)
    if given.priority <= Priority.FREE:
        services.limiter.hit(services.settings.free_scan_limit, "free scans", caller.address)
    fleeting = caller.identity is not None and caller.identity.zero_retention
    terms = Terms(account_id=_owner(caller), given=given, key=key, fleeting=fleeting)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _submit_file(request, services, terms)
    if kind == "application/json":
        return await _submit_address(request, services, terms)
    raise UnsupportedBody(f"This cannot be scanned from a body of type {kind or 'unknown'!r}.")


async def _submit_file(request: Request, services: Services, terms: Terms) -> Accepted:
    settings = services.settings
    limits = UploadLimits(
        file_bytes=settings.upload_bytes,
        idle_seconds=settings.upload_idle_seconds,
        slowest=settings.upload_slowest,
    )
    with services.archive.store.incoming() as incoming:
        name = await receive_file(request, incoming, limits)
        began = time.perf_counter()
        panel = await _panel(services, terms)
        row = await asyncio.to_thread(
            _accept_file, services, incoming, source=name, panel=panel, terms=terms
        )
    return Accepted(row, (time.perf_counter() - began) * 1000)


def _accept_file(
    services: Services, incoming: Incoming, *, source: str, panel: str | None, terms: Terms
) -> ScanRow:
    archive, digest = services.archive, incoming.digest
    known = None
    if panel is not None:
        with archive.reports.read() as session:
            known = reports.find(session, digest, panel)
    order = Order(
        source=source,
        request_digest=request_digest("file", digest),
        media_digest=digest,
        panel_digest=panel if known else None,
        **terms.order(),
    )
    with archive.scans.write() as session:
        row = service.accept(session, order, now=now(), rules=queue_rules(services.settings))
        if known is None:
            # Inside the transaction: a worker that removes a failed scan's media does so
            # in one too, so it cannot remove what this scan is about to need.
            incoming.commit()
    return row


async def _submit_address(request: Request, services: Services, terms: Terms) -> Accepted:
    address = await _read_address(request)
    began = time.perf_counter()
    await asyncio.to_thread(services.check_url, address.url)
    order = Order(
        source=address.url,
        url=address.url,
        request_digest=request_digest("url", address.url),
        **terms.order(),
    )
    row = await asyncio.to_thread(_accept, services, order)
    return Accepted(row, (time.perf_counter() - began) * 1000)


def _accept(services: Services, order: Order) -> ScanRow:
    with services.archive.scans.write() as session:
        return service.accept(session, order, now=now(), rules=queue_rules(services.settings))


async def _read_address(request: Request) -> Address:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > ADDRESS_BODY_BYTES:
            raise BadRequest("The body is too long for an address.")
    try:
        return Address.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


async def _panel(services: Services, terms: Terms) -> str | None:
    try:
        cards = await services.catalogue.cards()
    except NotReady:
        return None  # No instant answer now; the scan itself is accepted all the same.
    own = {name: cards[name] for name in terms.given.panel if name in cards}
    settings = services.settings
    return panel_digest(own, deliveries=settings.deliveries, cascade=settings.cascade)


def _owner(caller: Caller) -> str | None:
    return caller.identity.account_id if caller.identity else None


def _stored_key(caller: Caller, settings: Settings, key: str) -> str:
    if not 1 <= len(key) <= 255:
        raise InvalidRequest("An Idempotency-Key has 1 to 255 characters.")
    client = _owner(caller) or caller.address
    return scoped_key(settings.secret_key.get_secret_value(), client, key)
