"""Evidence, labels and the rule that turns one into the other.

A detector either looked and gives a `Score`, or could not look and gives an `Abstention`.
Nothing in Clarity writes a number where there is no evidence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

REAL_BELOW = 0.5
FAKE_ABOVE = 0.9


@dataclass(frozen=True, slots=True)
class Score:
    """A calibrated probability in [0, 1] that the item is fake: 0 surely real, 1 surely fake.

    Raises:
        ValueError: if the value is outside [0, 1] or not a number.
    """

    value: float

    def __post_init__(self) -> None:
        if math.isnan(self.value) or not 0.0 <= self.value <= 1.0:
            raise ValueError(f"a score lies in [0, 1], not {self.value!r}")


@dataclass(frozen=True, slots=True)
class Abstention:
    """A detector could not look; the reason is a sentence for a person."""

    reason: str


Evidence = Score | Abstention


class Label(StrEnum):
    REAL = "real"
    SUSPICIOUS = "suspicious"
    FAKE = "fake"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Clarity says of an item.

    Attributes:
        label: the decision.
        evidence: detector name -> what it said.
        reason: one sentence; for "not applicable", why nothing could be judged.
        confidence: the highest score that the label follows; None where there is none.
    """

    label: Label
    evidence: Mapping[str, Evidence]
    reason: str
    confidence: float | None = None


def label_scores(scores: Mapping[str, float]) -> Label:
    """Label of one or more confidence indices in [0, 1].

    All below 0.5: Real. Any above 0.9: Fake. Otherwise Suspicious, so exactly 0.5 and
    exactly 0.9 are Suspicious.

    Raises:
        ValueError: if there is no score; without evidence there is no label.
    """
    if not scores:
        raise ValueError("no score: an item without evidence is not applicable, not real")
    if any(score > FAKE_ABOVE for score in scores.values()):
        return Label.FAKE
    if all(score < REAL_BELOW for score in scores.values()):
        return Label.REAL
    return Label.SUSPICIOUS
