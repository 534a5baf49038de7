"""Measure a release on a manifest, item by item, through the path that serving takes.

python -m train evaluate --manifest CSV [--split validation] [--release R] --json OUT
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from clarity import metrics
from clarity.carbon.places import ANYWHERE, Place, place
from clarity.detectors import registry
from clarity.detectors.card import Card
from clarity.errors import ClarityError
from clarity.labels import Label, label_scores
from clarity.scanner.panel import PanelMember
from clarity.scanner.pipeline import scan
from clarity.settings import load_settings
from data.items import Item

Progress = Callable[[int, int], None]
"""Told how many items are done, of how many."""


class NoEvaluation(ClarityError):
    status = 422
    code = "no-evaluation"
    hint = "Write one with `python -m train evaluate --json FILE`."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Clarity said of one item.

    Attributes:
        scores: detector name -> its confidence; empty when nobody could be judged.
        confidence: of the report, the highest of `scores`, which the label follows.
        faces: how many were judged, frames of a clip one by one.
        detector_seconds: for all of them, by the clock.
        watt_hours, gco2e: energy and emissions of the whole scan.
    """

    path: str
    label: int
    manipulation: str
    source: str
    group: str
    scores: dict[str, float]
    confidence: float | None
    verdict: str
    reason: str
    faces: int | None = None
    detector_seconds: float | None = None
    watt_hours: float | None = None
    gco2e: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures and every item's scores; `document` is the JSON that is written.

    Attributes:
        degraded: level of degradation -> what was said of a sample of the items after it.
    """

    detector: str
    release: str
    overall: dict[str, float]
    manipulation: dict[str, dict[str, float]]
    source: dict[str, dict[str, float]]
    items: list[Outcome] = field(repr=False)
    degraded: dict[str, list[Outcome]] = field(default_factory=dict, repr=False)

    def figures(self) -> dict[str, float]:
        """The figures of a card, by dotted name."""
        flat = {f"overall.{name}": value for name, value in self.overall.items()}
        groups = {"manipulation": self.manipulation, "source": self.source}
        for group, rows in groups.items():
            for row, values in rows.items():
                flat |= {f"{group}.{row}.{name}": value for name, value in values.items()}
        return {name: round(value, 4) for name, value in flat.items()}

    def document(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> "Evaluation":
        """The evaluation whose `document` was written to `path`.

        Raises:
            NoEvaluation: the file is something else.
        """
        try:
            content = json.loads(path.read_text())
            items = [Outcome(**item) for item in content.pop("items")]
            degraded = {
                level: [Outcome(**item) for item in outcomes]
                for level, outcomes in content.pop("degraded", {}).items()
            }
            return cls(**content, items=items, degraded=degraded)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoEvaluation(f"{path} holds no evaluation: {error!r}") from error


def evaluate(
    items: Sequence[Item],
    *,
    detector: str | None = None,
    release: str | None = None,
    root: Path = registry.RELEASES,
    workers: int = 2,
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Scan every item and take the figures.

    Args:
        items: of a manifest.
        detector, release: one detector alone; by default the deployed panel together.
        root: folder of releases.
        workers: processes, one scan each at a time.
        progress: told how many items are done, of how many.

    Raises:
        MetricUndefined: no item of one of the labels could be judged.
    """
    names = (detector,) if detector else registry.deployed(root)
    folders = {name: registry.release_folder(name, release, root=root) for name in names}
    cards = [Card.read(folder) for folder in folders.values()]
    return summarise(
        judged(items, folders, workers=workers, progress=progress),
        detector=", ".join(card.name for card in cards),
        release=", ".join(card.release for card in cards),
    )


def evaluate_folders(
    items: Sequence[Item],
    folders: Mapping[str, Path],
    *,
    workers: int = 2,
    progress: Progress = lambda done, total: None,
) -> dict[str, Evaluation]:
    """Each release by itself, on the very same faces: an item is decoded once for all.

    Args:
        items: of a manifest.
        folders: any name -> release folder anywhere.

    Raises:
        MetricUndefined: no item of one of the labels could be judged.
    """
    outcomes = judged(items, folders, workers=workers, progress=progress)
    return {
        name: summarise(
            [alone(outcome, name) for outcome in outcomes],
            detector=(card := Card.read(folder)).name,
            release=card.release,
        )
        for name, folder in folders.items()
    }


def alone(outcome: Outcome, name: str) -> Outcome:
    """What one of the panel would have said of the item without the others."""
    score = outcome.scores.get(name)
    if score is None:
        return outcome
    scores = {name: score}
    return replace(outcome, scores=scores, confidence=score, verdict=label_scores(scores))


def judged(
    items: Sequence[Item],
    folders: Mapping[str, Path],
    *,
    workers: int = 2,
    progress: Progress = lambda done, total: None,
) -> list[Outcome]:
    """What the releases say of every item, in the items' order; arguments as above."""
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),  # a forked OpenVINO hangs
        initializer=_start,
        initargs=(folders,),
    ) as pool:
        for outcome in pool.map(_judge, items, chunksize=8):
            outcomes.append(outcome)
            progress(len(outcomes), len(items))
    return outcomes


def summarise(outcomes: list[Outcome], *, detector: str, release: str) -> Evaluation:
    """Figures over the items that could be judged; how many could not is one of them."""
    judged = [outcome for outcome in outcomes if outcome.confidence is not None]
    labels = np.array([bool(outcome.label) for outcome in judged])
    scores = np.array([outcome.confidence for outcome in judged])
    kinds = dict(metrics.by_manipulation(labels, scores, [o.manipulation for o in judged]))
    figures = dict(metrics.overall(labels, scores))
    figures["mean_type_auc"] = float(np.mean(list(kinds.values())))
    figures["items"] = len(outcomes)
    figures["not_applicable"] = len(outcomes) - len(judged)
    return Evaluation(
        detector=detector,
        release=release,
        overall=figures,
        manipulation={kind: {"auc": value} for kind, value in kinds.items()},
        source=_by_source(judged, labels, scores),
        items=outcomes,
    )


def _by_source(
    judged: Sequence[Outcome], labels: np.ndarray, scores: np.ndarray
) -> dict[str, dict[str, float]]:
    """Per source: AUC against its own reals where it has any, else against all reals."""
    sources = np.array([outcome.source for outcome in judged])
    table: dict[str, dict[str, float]] = {}
    for name in sorted(set(sources.tolist())):
        own = sources == name
        real, fake = int((own & ~labels).sum()), int((own & labels).sum())
        row: dict[str, float] = {"real": real, "fake": fake}
        if fake:
            chosen = own if real else own | ~labels
            row["auc"] = metrics.auc(labels[chosen], scores[chosen])
        if real:
            row["false_fake_rate"] = metrics.false_fake_rate(labels[own], scores[own])
        table[name] = row
    return table


_panel: dict[str, PanelMember] = {}
_where: Place = ANYWHERE


def _start(folders: Mapping[str, Path]) -> None:
    global _where
    cv2.setNumThreads(1)
    _where = place(load_settings().region)
    _panel.update({name: registry.load_folder(folder) for name, folder in folders.items()})


def _judge(item: Item) -> Outcome:
    """Media that cannot be judged give no score; the reason is kept."""
    outcome = partial(Outcome, item.key, int(item.fake), item.manipulation, item.source, item.group)
    try:
        report = scan(item.path, panel=_panel, where=_where).report
    except ClarityError as error:
        return outcome({}, None, Label.NOT_APPLICABLE, error.message)
    scores = {o.model: o.confidence for o in report.opinions if o.confidence is not None}
    taken = report.footprint
    return outcome(
        scores,
        report.confidence,
        report.label,
        report.reason,
        faces=sum(person.frames_seen for person in report.people),
        detector_seconds=sum(t.seconds for t in report.times if t.stage == "detectors"),
        watt_hours=taken.watt_hours if taken else None,
        gco2e=taken.gco2e if taken else None,
    )
