"""Plans as they travel."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from clarity.money import Money


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Panel(StrEnum):
    """Which detectors judge: the one of a free scan, or all that are deployed."""

    ONE_MODEL = "one-model"
    EVERY_MODEL = "every-model"


class Plan(Message):
    """A level of service, paid by the month; taxes are within the price."""

    name: str
    title: str
    summary: str
    price: Money
    panel: Panel
    scans_per_month: int | None = Field(description="null: no limit but the queue's")
    expert_reports_per_month: int | None = Field(description="null: without limit")
    priority: int = Field(ge=0, description="in the queue; higher is served first")
    expert_days: int = Field(
        default=7, ge=1, description="within which a report by an expert is promised"
    )


class PanelSeat(Message):
    """A place on the panel.

    Attributes:
        kind: the forgery that is looked for, or `every-kind`.
        detectors: names of those deployed that hold it, as /v1/models has them; none: no model
            of this kind is trained and released here yet.
        free: those of them that judge free scans too.
    """

    kind: str
    title: str
    looks_for: str
    detectors: list[str]
    free: list[str]


class Extra(Message):
    """Something that is bought singly; taxes are within the price."""

    name: str
    title: str
    price: Money


class ChangeKind(StrEnum):
    START = "start"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    RESUME = "resume"


class Change(Message):
    """What taking a plan means.

    Attributes:
        due_now: charged when the customer agrees; for an upgrade the difference of the prices
            for what is left of the month that is paid.
        first_regular_charge: when the plan's price is charged for the first time; None: at
            once, as part of `due_now`.
        takes_effect: when the plan begins; None: at once.
    """

    kind: ChangeKind
    plan: str
    due_now: Money
    first_regular_charge: datetime | None
    takes_effect: datetime | None


class PaidPeriod(Message):
    """A stretch of time for which a plan is paid; `end` is not part of it."""

    plan: str
    start: datetime
    end: datetime
