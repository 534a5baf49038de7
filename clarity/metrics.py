"""Figures of a detector from scores and labels. scikit-learn computes; the rules are here.

An undefined figure raises: nothing stands in for "could not be measured".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn import metrics as sk

from clarity.errors import ClarityError
from clarity.labels import FAKE_ABOVE, REAL_BELOW

CALIBRATION_BINS = 15
DRAWS = 400
"""Bootstrap samples of an interval."""

Figure = Callable[[np.ndarray, np.ndarray], float]
"""Labels and scores -> a number; raises `MetricUndefined`."""


class MetricUndefined(ClarityError):
    status = 422
    code = "metric-undefined"
    hint = "Both real and forged items with a score are needed."


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the limits between which it lies in 95 % of bootstrap samples."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many items of each label were called real and fake."""

    real_as_real: int
    real_as_fake: int
    fake_as_real: int
    fake_as_fake: int


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve in [0, 1]; labels bool (N,), True = fake; scores (N,)."""
    _need_both(labels, "the area under the curve")
    return float(sk.roc_auc_score(labels, scores))


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean precision over all recalls, in [0, 1]; depends on the share of fakes."""
    _need_both(labels, "the average precision")
    return float(sk.average_precision_score(labels, scores))


def equal_error_rate(labels: np.ndarray, scores: np.ndarray) -> float:
    """Rate at which as many reals are called fake as fakes real, in [0, 1], on the ROC's lines."""
    accused, caught = roc(labels, scores)
    excess = accused - (1 - caught)  # of accused reals over missed fakes: rises from -1 to 1
    return float(np.interp(0.0, excess, accused))


def roc(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """ROC curve, float64 (2, M): reals called fake, fakes called fake; both from 0 to 1."""
    _need_both(labels, "the ROC curve")
    accused, caught, _ = sk.roc_curve(labels, scores)
    return np.stack([accused, caught])


def false_fake_rate(labels: np.ndarray, scores: np.ndarray) -> float:
    """Share of real items labelled Fake (score above 0.9), in [0, 1]."""
    if labels.all():
        raise MetricUndefined("the false fake rate needs real items")
    return float((scores[~labels] > FAKE_ABOVE).mean())


def false_suspicious_rate(labels: np.ndarray, scores: np.ndarray) -> float:
    """Share of real items labelled Suspicious (score from 0.5 to 0.9), in [0, 1]."""
    accused = false_fake_rate(labels, scores)
    return float(not_real(scores[~labels]).mean()) - accused


def not_real(scores: np.ndarray) -> np.ndarray:
    """Which scores are labelled Suspicious or Fake, bool (N,)."""
    return scores >= REAL_BELOW


def fake(scores: np.ndarray) -> np.ndarray:
    """Which scores are labelled Fake, bool (N,)."""
    return scores > FAKE_ABOVE


def confusion(labels: np.ndarray, called: np.ndarray) -> Confusion:
    """Counts of labels against what was called fake, both bool (N,)."""
    table = sk.confusion_matrix(labels, called, labels=[False, True])
    return Confusion(*(int(count) for count in table.ravel()))


def decisions(labels: np.ndarray, called: np.ndarray) -> Iterator[tuple[str, float]]:
    """Figures of what was called fake, bool (N,), as (name, value).

    There is no precision where nothing was called fake.
    """
    _need_both(labels, "a decision's figures")
    yield "accuracy", float(sk.accuracy_score(labels, called))
    yield "balanced_accuracy", float(sk.balanced_accuracy_score(labels, called))
    if called.any():
        yield "precision", float(sk.precision_score(labels, called))
    yield "recall", float(sk.recall_score(labels, called))
    yield "f1", float(sk.f1_score(labels, called))


def reliability(
    labels: np.ndarray, scores: np.ndarray, *, bins: int = CALIBRATION_BINS
) -> np.ndarray:
    """Bins of equal width that hold items, float64 (M, 3): mean score, share of fakes, items."""
    if len(labels) == 0:
        raise MetricUndefined("the calibration needs items")
    places = np.minimum((scores * bins).astype(int), bins - 1)
    return np.array(
        [
            (scores[places == one].mean(), labels[places == one].mean(), (places == one).sum())
            for one in np.unique(places)
        ]
    )


def expected_calibration_error(
    labels: np.ndarray, scores: np.ndarray, *, bins: int = CALIBRATION_BINS
) -> float:
    """Mean distance of score and share of fakes over bins of equal width (Guo et al. 2017)."""
    score, share, items = reliability(labels, scores, bins=bins).T
    return float(np.sum(items * np.abs(score - share)) / len(labels))


def resamples(groups: np.ndarray, *, draws: int = DRAWS, seed: int = 1) -> Iterator[np.ndarray]:
    """Bootstrap samples as indices: whole groups are drawn, with replacement.

    Frames of one person or of one original video are no independent witnesses; drawn one by
    one they would make every interval too narrow.
    """
    _, numbers = np.unique(groups, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(numbers))[:-1])
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        chosen = rng.integers(0, len(members), len(members))
        yield np.concatenate([members[one] for one in chosen])


def interval(
    figure: Figure,
    labels: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray,
    *,
    draws: int = DRAWS,
) -> Interval:
    """A figure with its 95 % bootstrap interval by groups (percentile method).

    Samples in which it is undefined are left out.

    Raises:
        MetricUndefined: it is undefined on all the items, or in half of the samples.
    """
    value = figure(labels, scores)
    found = []
    for chosen in resamples(groups, draws=draws):
        try:
            found.append(figure(labels[chosen], scores[chosen]))
        except MetricUndefined:
            continue
    if len(found) < draws / 2:
        raise MetricUndefined("too few groups for an interval")
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(value, float(low), float(high))


def overall(labels: np.ndarray, scores: np.ndarray) -> Iterator[tuple[str, float]]:
    """Figures over all items, as (name, value)."""
    yield "auc", auc(labels, scores)
    yield "balanced_accuracy", float(sk.balanced_accuracy_score(labels, not_real(scores)))
    yield "false_fake_rate", false_fake_rate(labels, scores)
    yield "ece", expected_calibration_error(labels, scores)


def by_manipulation(
    labels: np.ndarray, scores: np.ndarray, manipulations: Sequence[str]
) -> Iterator[tuple[str, float]]:
    """AUC of each manipulation's fakes against all reals, as (manipulation, AUC)."""
    for kind, chosen in against_reals(labels, manipulations):
        yield kind, auc(labels[chosen], scores[chosen])


def against_reals(
    labels: np.ndarray, manipulations: Sequence[str]
) -> Iterator[tuple[str, np.ndarray]]:
    """Each manipulation's fakes with all reals, as (manipulation, mask bool (N,))."""
    kinds = np.array(manipulations)
    for kind in sorted(set(kinds[labels])):
        yield str(kind), ~labels | (kinds == kind)


def _need_both(labels: np.ndarray, what: str) -> None:
    if len(labels) == 0 or labels.all() or not labels.any():
        raise MetricUndefined(f"{what} needs real and forged items")
