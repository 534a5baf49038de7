"""Webhooks as they travel: registered by customers, called when something happens."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class WebhookOrder(BaseModel):
    """Where to call. The address must be public and speak https."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"example": {"url": "https://example.org/clarity"}},
    )
    url: str = Field(min_length=8, max_length=500)


class Webhook(BaseModel):
    """An address that is called, and how the last call went."""

    model_config = ConfigDict(frozen=True)
    id: str
    url: str
    created_at: datetime
    waiting: int = Field(description="calls that are still to be made")
    last_called_at: datetime | None = None
    last_outcome: str = Field(default="", description="such as `HTTP 200`, or why it failed")


class NewWebhook(Webhook):
    secret: str = Field(description="signs every call; shown here and never again")


class Event(BaseModel):
    """The body of a call.

    The header `Clarity-Signature: t=SECONDS,v1=HEX` is HMAC-SHA-256 of `SECONDS.BODY` with the
    webhook's secret; `Clarity-Event` repeats `id`. A call that was not answered with 2xx in ten
    seconds is made again, for three days: the same `id` may come twice.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    event: str = Field(description="such as `case.settled`", examples=["case.settled"])
    at: datetime
    data: dict[str, Any]
