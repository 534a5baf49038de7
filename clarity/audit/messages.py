"""The audit log as administrators read it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Action(StrEnum):
    LOGIN = "login"
    LOGIN_REFUSED = "login-refused"
    LOGOUT = "logout"
    CONFIRMED = "confirmed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    PASSWORD_RESET = "password-reset"  # noqa: S105
    SECOND_FACTOR_ON = "second-factor-on"
    SECOND_FACTOR_OFF = "second-factor-off"
    KEY_MADE = "key-made"
    KEY_REVOKED = "key-revoked"
    CONSENT_CHANGED = "consent-changed"
    EXPORTED = "exported"
    ERASED = "erased"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    ROLE_CHANGED = "role-changed"
    PLAN_CHANGED = "plan-changed"
    ADDRESS_BANNED = "address-banned"
    BAN_LIFTED = "ban-lifted"
    AUDIT_READ = "audit-read"
    EXPERT_APPLIED = "expert-applied"
    EXPERT_ACCEPTED = "expert-accepted"
    EXPERT_REFUSED = "expert-refused"
    EXPERT_CHANGED = "expert-changed"
    PAYOUT_OPENED = "payout-opened"
    PAYOUT_PAID = "payout-paid"
    CASE_OPENED = "case-opened"
    CASE_ASSIGNED = "case-assigned"
    CASE_BEGUN = "case-begun"
    CASE_SUBMITTED = "case-submitted"
    CASE_DECLINED = "case-declined"
    CASE_OVERDUE = "case-overdue"
    CASE_REPLACED = "case-replaced"
    CASE_REMINDED = "case-reminded"
    CASE_ESCALATED = "case-escalated"
    CASE_DIFFERED = "case-differed"
    CASE_SETTLED = "case-settled"
    CASE_WITHDRAWN = "case-withdrawn"
    MEDIA_SEEN = "media-seen"
    TRUTH_NOTED = "truth-noted"


class Entry(BaseModel):
    """One line. Accounts are named by identifier only: once erased, nobody can tell who it was."""

    model_config = ConfigDict(frozen=True)
    number: int = Field(description="1, 2, 3 … without a gap")
    at: datetime
    actor: str = Field(description="account that acted; empty for a stranger")
    action: Action
    subject: str = Field(description="account, key or digest that it was done to")
    detail: str = ""
    previous: str = Field(description="digest of the line before")
    digest: str = Field(description="SHA-256 in hex over all the other fields")


class Verification(BaseModel):
    """Whether the log is whole. Keep `digest` elsewhere, to notice a log cut off at its end."""

    model_config = ConfigDict(frozen=True)
    whole: bool
    entries: int
    digest: str
    first_broken: int | None = Field(default=None, description="number of the first wrong line")
