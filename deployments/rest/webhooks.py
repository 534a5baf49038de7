"""Routes below `/v1/account/webhooks`: addresses that are called when something happens."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Path

from clarity.accounts.desk import Desk
from clarity.webhooks import service as webhooks
from clarity.webhooks.messages import Event, NewWebhook, Webhook, WebhookOrder
from clarity.webhooks.service import TooManyWebhooks, WebhookNotFound
from clarity.webhooks.wire import BadWebhook, checked_address
from deployments.rest.access import MEMBER_ERRORS, Member
from deployments.rest.gate import BODY_ERRORS
from deployments.rest.problems import InvalidRequest, Unexpected, documented
from deployments.rest.services import ServicesOf

router = APIRouter(prefix="/v1/account/webhooks", tags=["webhooks"])

ERRORS = (*MEMBER_ERRORS, InvalidRequest, Unexpected)
WebhookId = Annotated[str, Path(max_length=32)]


@router.post(
    "",
    status_code=201,
    summary="Register a webhook",
    responses=documented(BadWebhook, TooManyWebhooks, *BODY_ERRORS, *MEMBER_ERRORS, Unexpected),
)
def add_webhook(order: WebhookOrder, services: ServicesOf, caller: Member) -> NewWebhook:
    """Called by POST at every step of your cases, signed with the secret that is shown here only.

    The body is an event: `{"id", "event": "case.settled", "at", "data": {…the case…}}`.
    """
    members = services.members
    url = checked_address(order.url, inside=services.settings.webhook_inside)
    with members.webhooks.write() as session:
        row = webhooks.add(session, caller.who.account_id, url, now=members.clock())
        told = webhooks.describe(session, row)
    return NewWebhook(**told.model_dump(), secret=webhook_secret(members.desk, row.id))


@router.get("", summary="Your webhooks", responses=documented(*ERRORS))
def list_webhooks(services: ServicesOf, caller: Member) -> list[Webhook]:
    """With how the last call of each went, and without their secrets."""
    with services.members.webhooks.read() as session:
        return webhooks.listed(session, caller.who.account_id)


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    summary="Try a webhook",
    responses=documented(WebhookNotFound, *ERRORS),
)
def try_webhook(webhook_id: WebhookId, services: ServicesOf, caller: Member) -> Webhook:
    """Calls it with the event `test` in the next seconds; the list tells how it went."""
    members, moment = services.members, services.members.clock()
    event = Event(id=secrets.token_hex(8), event="test", at=moment, data={})
    with members.webhooks.write() as session:
        row = webhooks.own(session, caller.who.account_id, webhook_id)
        webhooks.queue(session, row, event, now=moment)
        return webhooks.describe(session, row)


@router.delete(
    "/{webhook_id}",
    status_code=204,
    summary="Remove a webhook",
    responses=documented(WebhookNotFound, *ERRORS),
)
def remove_webhook(webhook_id: WebhookId, services: ServicesOf, caller: Member) -> None:
    """It is called no more, not even with what was still to be told."""
    with services.members.webhooks.write() as session:
        webhooks.remove(session, caller.who.account_id, webhook_id)


def webhook_secret(desk: Desk, webhook_id: str) -> str:
    """The secret that signs the calls of a webhook."""
    return desk.digest("webhook", webhook_id)
