"""From many numbers to few: frames to a person, people to an item, scores to a verdict."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from clarity.labels import (
    REAL_BELOW,
    Abstention,
    Evidence,
    Label,
    Score,
    Verdict,
    label_scores,
)

TRIM = 0.2
"""Part of the frames that is left out at either end before the mean is taken."""


def robust_mean(logits: np.ndarray) -> float:
    """Trimmed mean of per-frame logits (N,), N at least 1.

    A blurred frame or a detection that slipped is an outlier, and a maximum would follow
    it: one bad frame of a long real video would make the video forged.
    """
    if len(logits) == 0:
        raise ValueError("no frame, no mean")
    cut = int(TRIM * len(logits))
    kept = np.sort(logits)[cut : len(logits) - cut]
    return float(kept.mean(dtype=np.float64))


def worst(people: Sequence[Mapping[str, Evidence]]) -> dict[str, Evidence]:
    """Per detector, the highest score over all people; an abstention if it saw none of them."""
    names = {name: None for person in people for name in person}
    return {name: _worst([person[name] for person in people if name in person]) for name in names}


def _worst(evidence: Sequence[Evidence]) -> Evidence:
    scores = [item.value for item in evidence if isinstance(item, Score)]
    return Score(max(scores)) if scores else evidence[0]


def decide(evidence: Mapping[str, Evidence], *, advisory: Collection[str] = ()) -> Verdict:
    """The verdict of an item or of a person, with one sentence that says why.

    Args:
        evidence: of every detector.
        advisory: detectors whose evidence stands beside the verdict and has no part in it.
    """
    scores = {
        name: item.value
        for name, item in evidence.items()
        if isinstance(item, Score) and name not in advisory
    }
    if not scores:
        reasons = {item.reason for item in evidence.values() if isinstance(item, Abstention)}
        return Verdict(Label.NOT_APPLICABLE, evidence, "; ".join(sorted(reasons)))
    label, top = label_scores(scores), max(scores.values())
    reason = _REASONS[label].format(top=f"{top:.2f}")
    # how far several detectors agree; what each said stands in the evidence
    if len(scores) > 1 and (found := sum(score >= REAL_BELOW for score in scores.values())):
        reason += f" {found} of {len(scores)} detectors found them."
    return Verdict(label, evidence, reason, top)


_REASONS = {
    Label.REAL: "No detector found signs of forgery (highest confidence {top}, below 0.5).",
    Label.SUSPICIOUS: "There are signs of forgery, not enough to call it fake (confidence {top}).",
    Label.FAKE: "Strong signs of forgery (confidence {top}, above 0.9).",
}
