"""Figures of a detector from scores and labels. scikit-learn computes; the rules are here.

An undefined figure raises: nothing stands in for "could not be measured".
"""

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from clarity.errors import ClarityError
from clarity.labels import FAKE_ABOVE

CALIBRATION_BINS = 15


class MetricUndefined(ClarityError):
    status = 422
    code = "metric-undefined"
    hint = "Both real and forged items with a score are needed."


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve in [0, 1]; labels bool (N,), True = fake; scores (N,)."""
    if len(labels) == 0 or labels.all() or not labels.any():
        raise MetricUndefined("the area under the curve needs real and forged items")
    return float(roc_auc_score(labels, scores))


def false_fake_rate(labels: np.ndarray, scores: np.ndarray) -> float:
    """Share of real items labelled Fake (score above 0.9), in [0, 1]."""
    if labels.all():
        raise MetricUndefined("the false fake rate needs real items")
    return float((scores[~labels] > FAKE_ABOVE).mean())


def expected_calibration_error(
    labels: np.ndarray, scores: np.ndarray, *, bins: int = CALIBRATION_BINS
) -> float:
    """Mean distance of score and share of fakes over bins of equal width (Guo et al. 2017)."""
    if len(labels) == 0:
        raise MetricUndefined("the calibration error needs items")
    places = np.minimum((scores * bins).astype(int), bins - 1)
    errors = [
        (places == place).mean()
        * abs(scores[places == place].mean() - labels[places == place].mean())
        for place in np.unique(places)
    ]
    return float(np.sum(errors))


def overall(labels: np.ndarray, scores: np.ndarray) -> Iterator[tuple[str, float]]:
    """Figures over all items, as (name, value)."""
    yield "auc", auc(labels, scores)
    yield "balanced_accuracy", float(balanced_accuracy_score(labels, scores >= 0.5))
    yield "false_fake_rate", false_fake_rate(labels, scores)
    yield "ece", expected_calibration_error(labels, scores)


def by_manipulation(
    labels: np.ndarray, scores: np.ndarray, manipulations: Sequence[str]
) -> Iterator[tuple[str, float]]:
    """AUC of each manipulation's fakes against all reals, as (manipulation, AUC)."""
    kinds = np.array(manipulations)
    for kind in sorted(set(kinds[labels])):
        chosen = ~labels | (kinds == kind)
        yield str(kind), auc(labels[chosen], scores[chosen])
