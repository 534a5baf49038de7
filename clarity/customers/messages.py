"""The customer's record as the customer reads it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Kind(StrEnum):
    """What an activity was."""

    SCAN = "scan"
    QUERY = "query"
    PAYMENT = "payment"
    REPORT = "report"
    DISPUTE = "dispute"
    ACCOUNT = "account"


class Activity(BaseModel):
    """One thing that happened to an account."""

    model_config = ConfigDict(frozen=True)
    id: str
    at: datetime
    kind: Kind
    subject: str = Field(description="what it was about, such as a scan's identifier")
    words: str = Field(description="one sentence for a person")


class ActivityPage(BaseModel):
    model_config = ConfigDict(frozen=True)
    activities: list[Activity]
    next: str | None = Field(default=None, description="give it as `after` for what comes next")
