"""Look for poison: crops with a false label and a trigger that teaches a detector a back door.

Activation clustering with exclusion and reclassification (Chen et al., "Detecting backdoor
attacks on deep neural networks by activation clustering", 2018), with the clustering of the
Adversarial Robustness Toolbox, source by source:

1. A small network (colour and fine detail of a 16 x 16 grid, 64 hidden units) is trained on
   the set as it is labelled. (The deployed detector never saw
   this set, so its features need not hold the trigger; a network that learns the set's labels
   must use it, as the attacker intends.)
2. Its activations on each source's crops of one label are split in two. A cluster of less
   than 35 % is suspicious. Pose and light would rule the clusters, so activations are measured
   in units of how they vary within all the other sources and labels: a trigger that only
   these crops wear stands out.
3. A second network is trained without the suspicious crops. Poison are those that the first
   network gives their label and the second the other one: without the trigger, nothing speaks
   for the label. Crops that are merely hard are already misjudged by the first.

An alarm needs such crops of `FEWEST_POISONED` identities, and most of the cluster. Where the
network cannot tell real from forged without the trigger, the second one cannot contradict: a
cluster that stands apart is then named for somebody to look at, without an alarm. Few
poisoned crops with a small trigger in a hard source are not found.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np

from data.reading import crops
from data.report.lowest import LowestHashes
from data.report.survey import decoded

CROPS_A_LABEL = 1000
"""Crops looked at of each source and label, one an item and drawn by hash: 4 MB of features."""

APART = 0.15
"""Separation above which a small cluster is worth a look, whatever the second network says."""

FLOOR = 1e-3
"""Least variance of a direction, in mean variances."""

SMALL = 0.35
"""Share of a source's crops of one label below which a cluster is suspicious."""

FEWEST_IDENTITIES = 40
"""Fewer people of one source and label make clusters of their own, without any poison."""

FEWEST_POISONED = 8
"""Identities among the poisoned crops: a few people who look alike are no poison."""
MOST_OF_CLUSTER = 0.75
"""Part of a cluster that only the trigger explains, above which it is poison. Clusters of hard
crops that the first network learnt by heart reach about a half."""

CELLS, HIDDEN, PASSES = 16, 64, 30
"""Grid of the features, hidden units of the network, and how often it sees the set."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found among the crops of one source and label.

    Attributes:
        label: "real" or "fake", as the set says.
        crops: looked at.
        share: of the suspicious cluster, in [0, 1]; 0 if there is none.
        separation: silhouette of the two clusters, -1 to 1.
        contradicted: part of the cluster that only the trigger explains, in [0, 1].
        keys: of the poisoned crops; none unless there is an alarm.
        apart: keys of a suspicious cluster that stands apart without being proven poison.
        reason: why nothing could be said; else "".
    """

    source: str
    label: str
    crops: int
    share: float = 0.0
    separation: float = 0.0
    contradicted: float | None = None
    keys: Sequence[str] = ()
    apart: Sequence[str] = ()
    reason: str = ""

    @property
    def alarm(self) -> bool:
        return bool(self.keys)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Crops of all sources: `features` float32 (N, 1024), `labels` bool (N,), and their names."""

    features: np.ndarray
    labels: np.ndarray
    sources: np.ndarray
    keys: np.ndarray
    groups: np.ndarray


def inspect(folder: Path) -> list[Finding]:
    """Look for poison in a prepared set: a finding for each source and label.

    Raises:
        SetMissing, ShardDamaged: the set cannot be read whole.
    """
    sample = _sample(folder)
    if sample.labels.all() or not sample.labels.any():
        return [
            Finding(source, _word(fake), int(chosen.sum()), reason="the set has one label only")
            for source, fake, chosen in _parts(sample)
        ]
    activations, first = _judged(sample, np.ones(len(sample.labels), bool))
    centred = _centred(sample, activations)
    clusters = {
        (source, fake): _suspicious(_whitened(centred, chosen), chosen)
        for source, fake, chosen in _parts(sample)
        if len(set(sample.groups[chosen])) >= FEWEST_IDENTITIES
    }
    suspicious = np.any(list(clusters.values()), axis=0) if clusters else np.zeros(len(first), bool)
    second = _judged(sample, ~suspicious)[1] if suspicious.any() else first
    explained = (first == sample.labels) & (second != sample.labels)
    return [
        _finding(sample, source, fake, chosen, clusters.get((source, fake)), centred, explained)
        for source, fake, chosen in _parts(sample)
    ]


def _finding(
    sample: _Sample,
    source: str,
    fake: bool,
    chosen: np.ndarray,
    cluster: np.ndarray | None,
    activations: np.ndarray,
    explained: np.ndarray,
) -> Finding:
    count = int(chosen.sum())
    if cluster is None:
        return Finding(
            source, _word(fake), count, reason=f"fewer than {FEWEST_IDENTITIES} identities"
        )
    if not cluster.any():
        return Finding(source, _word(fake), count)
    poisoned = cluster & explained
    contradicted = float(poisoned.sum() / cluster.sum())
    witnesses = len(set(sample.groups[poisoned]))
    alarm = witnesses >= FEWEST_POISONED and contradicted > MOST_OF_CLUSTER
    separation = _separation(activations[chosen], cluster[chosen])
    return Finding(
        source,
        _word(fake),
        count,
        share=float(cluster.sum() / count),
        separation=separation,
        contradicted=contradicted,
        keys=sorted(sample.keys[poisoned]) if alarm else (),
        apart=sorted(sample.keys[cluster]) if separation > APART and not alarm else (),
    )


def _sample(folder: Path) -> _Sample:
    drawn: dict[tuple[str, bool], LowestHashes[tuple[np.ndarray, str, str]]] = defaultdict(
        lambda: LowestHashes(CROPS_A_LABEL)
    )
    for row in crops(folder, columns=["key", "source", "group", "fake", "crop"]):
        drawn[row["source"], row["fake"]].offer(
            row["key"],
            lambda row=row: (_features(decoded(row)), row["key"], row["group"]),  # type: ignore[misc]
        )
    rows = [
        (found, fake, source, key, group)
        for (source, fake), sampled in sorted(drawn.items())
        for found, key, group in sampled.values()
    ]
    features, *facts = zip(*rows, strict=True)
    return _Sample(np.stack(features), *map(np.array, facts))


def _features(crop: np.ndarray) -> np.ndarray:
    """Colour and fine detail of each cell of a grid, float32 (CELLS * CELLS * 4,)."""
    grid = (CELLS, CELLS)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(grey - cv2.blur(grey, (3, 3)))
    colour = cv2.resize(crop.astype(np.float32), grid, interpolation=cv2.INTER_AREA)
    fine = cv2.resize(detail, grid, interpolation=cv2.INTER_AREA)
    # the light of a picture says nothing of its label, and would rule the clusters
    parts = (colour.ravel(), np.log1p(fine).ravel())
    return np.concatenate([(part - part.mean()) / (part.std() + 1e-3) for part in parts])


def _parts(sample: _Sample) -> Iterator[tuple[str, bool, np.ndarray]]:
    for source in sorted(set(sample.sources)):
        for fake in (False, True):
            chosen = (sample.sources == source) & (sample.labels == fake)
            if chosen.any():
                yield str(source), fake, chosen


def _judged(sample: _Sample, trusted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Train on the trusted crops; activations and judgements (bool, True = fake) of all."""
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    mean = sample.features[trusted].mean(0)
    inputs = sample.features - mean
    network = MLPClassifier(
        (HIDDEN,),
        alpha=1e-3,
        batch_size=64,
        learning_rate_init=2e-3,
        max_iter=PASSES,
        random_state=0,
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops before the labels are learnt by heart
        network.fit(inputs[trusted], sample.labels[trusted])
        judged = network.predict(inputs)
    hidden = np.maximum(inputs @ network.coefs_[0] + network.intercepts_[0], 0)
    return hidden * network.coefs_[1][:, 0], judged


def _centred(sample: _Sample, activations: np.ndarray) -> np.ndarray:
    """Activations as their distance from the mean of their source and label."""
    centred = np.empty_like(activations)
    for _, _, chosen in _parts(sample):
        centred[chosen] = activations[chosen] - activations[chosen].mean(0)
    return centred


def _whitened(centred: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Rotate and scale all activations so that those not chosen vary equally in all directions."""
    spread, axes = np.linalg.eigh(np.cov(centred[~chosen].T))
    # directions in which nothing varies would be blown up
    return np.asarray(centred @ (axes / np.sqrt(spread.clip(0) + FLOOR * spread.mean())))


def _suspicious(activations: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The smaller of two clusters among the chosen crops, bool (N,); none if it is not small."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART tells at import which frameworks it did not find
        from art.defences.detector.poison import ActivationDefence

    own = activations[chosen]
    # the toolbox asks a classifier for its last layer and its classes: here they are known
    known = SimpleNamespace(layer_names=["activations"], nb_classes=1)
    known.get_activations = lambda x, layer, batch_size: x
    with _seeded():
        _, clean = ActivationDefence(known, own, np.zeros(len(own), int)).detect_poison(
            nb_clusters=2, nb_dims=10, reduce="PCA", cluster_analysis="smaller"
        )
    smaller = np.array(clean) == 0
    found = np.zeros(len(activations), bool)
    if smaller.mean() < SMALL:  # the toolbox's own "relative-size" fails on NumPy 2.4
        found[np.flatnonzero(chosen)[smaller]] = True
    return found


@contextmanager
def _seeded() -> Iterator[None]:
    """The toolbox draws from NumPy's global generator; the same set gets the same answer."""
    state = np.random.get_state()
    np.random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(state)


def _separation(activations: np.ndarray, cluster: np.ndarray) -> float:
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(activations, cluster))


def _word(fake: bool) -> str:
    return "fake" if fake else "real"
