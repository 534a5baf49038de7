"""What the checkout shows."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from clarity.payments.messages import Subscription
from clarity.plans.messages import Extra, PanelSeat, Plan


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class PaymentsStatus(Message):
    """Whether anything can be bought; if not, how the operator switches it on."""

    enabled: bool
    mode: str = Field(description="sandbox (no real money) or live")
    hint: str = ""


class Offer(Message):
    """Everything that can be had, cheapest first, and which seats of the panel are taken here."""

    plans: list[Plan]
    extras: list[Extra]
    payments: PaymentsStatus
    panel: list[PanelSeat] = []


class Standing(Message):
    """What an account has now.

    Attributes:
        plan: that holds at this moment.
        paid_until: end of what is paid; None on the free plan.
        subscription: the newest one, whatever its state.
    """

    plan: Plan
    paid_until: datetime | None
    subscription: Subscription | None
