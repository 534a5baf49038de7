"""What experts settled about an item: the signed verdict, and everything that came of a case."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clarity.labels import Label
from clarity.reports.expertise import ExpertReport, Finding
from clarity.reports.messages import Report

Digest = str


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class CaseKind(StrEnum):
    """A request asks one expert; a dispute two, who do not see each other's report."""

    REQUEST = "request"
    DISPUTE = "dispute"


class Contribution(Message):
    """One expert's part in a verdict."""

    expert: str = Field(description="pseudonym")
    decision: Finding
    report: Digest = Field(description="of the submitted report as canonical JSON (RFC 8785)")


class SettledVerdict(Message):
    """What experts settled on. Signed as a whole; a later one of the same item names it."""

    format: Literal["clarity-verdict/1"] = "clarity-verdict/1"
    case: str
    kind: CaseKind
    media: Digest = Field(description="of the item")
    number: int = Field(ge=1, description="counts the verdicts on this item")
    previous: Digest | None = Field(description="of the verdict before, on the same item")
    decision: Finding
    automatic: Label
    panel: Digest = Field(description="of the releases that made the automatic report")
    contributions: list[Contribution]
    settled_at: datetime


class SignedVerdict(Message):
    """`signature` is Ed25519, in base64, of the verdict's canonical JSON with the domain of
    `clarity.evidence.keys`; `digest` is that of the same JSON and stands in the evidence log."""

    verdict: SettledVerdict
    digest: Digest
    key: str
    signature: str


class CaseReport(Message):
    """Everything that came of a case: the signed verdict, the experts' reports, the automatic."""

    case: str
    source: str
    signed: SignedVerdict
    expert_reports: list[ExpertReport]
    automatic: Report
