"""The words of experts' reports, as the page and the PDF say them."""

from collections.abc import Iterator

from clarity.labels import Label
from clarity.reports.expertise import (
    Certainty,
    ExpertForm,
    Finding,
    Inconsistencies,
    Region,
    Technique,
)
from clarity.reports.settled import CaseKind, SettledVerdict
from clarity.reports.wording import DECISIONS

CERTAINTIES = {
    Certainty.LOW: "low",
    Certainty.MODERATE: "moderate",
    Certainty.HIGH: "high",
    Certainty.VERY_HIGH: "very high",
}
TECHNIQUES = {
    Technique.FACE_SWAP: "face swap",
    Technique.ENTIRE_SYNTHESIS: "entire synthesis of the face",
    Technique.LIP_SYNC: "lip synchronisation",
    Technique.REENACTMENT: "re-enactment",
    Technique.ATTRIBUTE_MANIPULATION: "manipulation of attributes of the face",
    Technique.RETOUCHING: "retouching",
    Technique.OTHER: "another",
    Technique.UNKNOWN: "unknown",
}
RESPECTS = (
    ("spectral", "Spectral inconsistencies"),
    ("temporal", "Temporal inconsistencies"),
    ("spatial", "Spatial inconsistencies"),
)
WORDS = {Finding.REAL: "Real", Finding.FAKE: "Fake", Finding.UNDECIDED: "Undecided"}
LOOKS = {
    Finding.REAL: DECISIONS[Label.REAL],
    Finding.FAKE: DECISIONS[Label.FAKE],
    Finding.UNDECIDED: DECISIONS[Label.SUSPICIOUS],
}


SAME_FRAME = 0.05
"""Seconds by which a marked frame may differ from the one that is shown."""


def how(verdict: SettledVerdict) -> str:
    """One sentence: who decided, and how far they agreed."""
    said = [part.decision for part in verdict.contributions]
    if verdict.kind is CaseKind.REQUEST:
        return "One expert examined the item."
    if len(said) == 2:
        return "Two experts examined the item independently and agreed."
    agreed = sum(one is verdict.decision for one in said)
    if verdict.decision is Finding.UNDECIDED and agreed < 2:
        return "Three experts examined the item, and each came to another answer."
    return f"Two experts differed; with a third, {agreed} of 3 came to this answer."


def marks(form: ExpertForm) -> Iterator[tuple[int, Region]]:
    """Every marked region of a form, numbered through."""
    number = 0
    for name, _ in RESPECTS:
        part: Inconsistencies = getattr(form, name)
        for region in part.regions:
            number += 1
            yield number, region


def marks_at(form: ExpertForm, seconds: float) -> list[tuple[int, Region]]:
    """Those of them that lie on the frame of this time."""
    return [(n, one) for n, one in marks(form) if abs(one.seconds - seconds) <= SAME_FRAME]


def where(region: Region) -> str:
    left, top, width, height = (f"{100 * value:.0f} %" for value in region.box)
    place = f"{left} from the left, {top} from the top, {width} wide, {height} high"
    return f"at {_moment(region.seconds)}: {place}" if region.seconds else place


def stretch(start: float, end: float) -> str:
    return f"at {_moment(start)}" if start == end else f"{_moment(start)} to {_moment(end)}"


def _moment(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 100), 6000)
    return f"{minutes}:{rest / 100:05.2f}"
