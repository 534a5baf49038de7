"""What a plain classifier reads from metadata alone: a label leak is seen before training.

If file size, resolution, format or framing tell real from fake, a detector will learn them
instead of the forgery. Boosted trees are cross-validated by group on such facts, over all
items and within each source; without a leak their AUC is near 0.5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from clarity.metrics import auc
from data.report.survey import ItemFacts

WARN_ABOVE = 0.6
"""AUC from metadata alone above which the report warns."""

STRONG_ABOVE = 0.55
"""AUC of a single fact above which it is named."""

FOLDS = 5
FEWEST_ITEMS = 10
"""Items, and half as many identities, that each label needs to be measured."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What metadata tell of the label within one source, or over all.

    Attributes:
        name: of the source.
        real, fake: items.
        auc: cross-validated, in [0, 1]; None where it could not be measured, with the reason.
        margin: half the 95 % confidence interval of `auc`.
        strongest, strongest_auc: the one fact that tells most, and its own AUC.
    """

    name: str
    real: int
    fake: int
    auc: float | None = None
    margin: float = 0.0
    strongest: str = ""
    strongest_auc: float = 0.5
    reason: str = ""

    @property
    def leaks(self) -> bool:
        return self.auc is not None and self.auc > WARN_ABOVE

    @property
    def may_be_chance(self) -> bool:
        return self.leaks and self.auc is not None and self.auc - self.margin <= 0.5


def readings(items: Sequence[ItemFacts]) -> Iterator[Reading]:
    """One reading over all items, then one a source by name."""
    yield read("all sources", items)
    for source in sorted({item.source for item in items}):
        yield read(source, [item for item in items if item.source == source])


def read(name: str, items: Sequence[ItemFacts]) -> Reading:
    """Cross-validate the baseline on some items; says why where it cannot."""
    labels = np.array([item.fake for item in items], bool)
    groups = np.array([item.group for item in items])
    real, fake = int((~labels).sum()), int(labels.sum())
    if not real or not fake:
        return Reading(name, real, fake, reason="one label only")
    people = min(len(set(groups[labels])), len(set(groups[~labels])))
    if min(real, fake) < FEWEST_ITEMS or people < FEWEST_ITEMS // 2:
        return Reading(name, real, fake, reason="too few items or identities")
    names, table = features(items)
    scores = _out_of_fold(table, labels, groups)
    figure = auc(labels, scores)
    fact, own = _strongest(names, table, labels)
    return Reading(name, real, fake, figure, _margin(figure, real, fake), fact, own)


def features(items: Sequence[ItemFacts]) -> tuple[list[str], np.ndarray]:
    """Names of the facts and their values, float64 (items, facts); -1 where unknown."""
    formats = {name: code for code, name in enumerate(sorted({i.media_format for i in items}))}
    codecs = {name: code for code, name in enumerate(sorted({i.codec for i in items}))}
    columns = {
        "file size": [item.media_bytes for item in items],
        "bytes a pixel": [item.media_bytes / max(item.width * item.height, 1) for item in items],
        "width": [item.width for item in items],
        "height": [item.height for item in items],
        "shape": [item.width / max(item.height, 1) for item in items],
        "duration": [item.duration for item in items],
        "face size": [item.face_size for item in items],
        "face share": [item.face_size / max(min(item.width, item.height), 1) for item in items],
        "JPEG quality": [-1 if i.quality is None else i.quality for i in items],
        "format": [formats[item.media_format] for item in items],
        "codec": [codecs[item.codec] for item in items],
    }
    return list(columns), np.array(list(columns.values()), float).T


def _out_of_fold(table: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    scores = np.zeros(len(labels))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    trees = HistGradientBoostingClassifier(
        max_iter=40, max_leaf_nodes=15, min_samples_leaf=10, early_stopping=False, random_state=0
    )
    # threads that wait for each other on busy cores cost more than they give
    with threadpool_limits(1):
        for train, test in folds.split(table, labels, groups):
            trees.fit(table[train], labels[train])
            scores[test] = trees.predict_proba(table[test])[:, -1]
    return scores


def _strongest(names: Sequence[str], table: np.ndarray, labels: np.ndarray) -> tuple[str, float]:
    """The single fact whose order tells most, in-sample and either way round; "" if little."""
    figures = [auc(labels, column) for column in table.T]
    best = int(np.argmax(np.abs(np.array(figures) - 0.5)))
    figure = max(figures[best], 1 - figures[best])
    return (names[best] if figure > STRONG_ABOVE else ""), figure


def _margin(figure: float, real: int, fake: int) -> float:
    """1.96 standard errors of an AUC (Hanley and McNeil 1982)."""
    one, two = figure / (2 - figure), 2 * figure**2 / (1 + figure)
    variance = figure * (1 - figure)
    variance += (fake - 1) * (one - figure**2) + (real - 1) * (two - figure**2)
    return float(1.96 * np.sqrt(max(variance, 0.0) / (real * fake)))
