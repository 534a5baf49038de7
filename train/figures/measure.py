"""Every figure of an evaluation, with its interval by identity."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from clarity import metrics
from clarity.detectors.card import Card
from clarity.metrics import Confusion, Interval
from train.evaluate import Evaluation, Outcome
from train.figures.voices import Voice, voices

FIGURES: Mapping[str, metrics.Figure] = {
    "auc": metrics.auc,
    "average_precision": metrics.average_precision,
    "equal_error_rate": metrics.equal_error_rate,
    "ece": metrics.expected_calibration_error,
    "false_fake_rate": metrics.false_fake_rate,
    "false_suspicious_rate": metrics.false_suspicious_rate,
}

LIMITS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "not_real": metrics.not_real,
    "fake": metrics.fake,
}
"""Name of a limit of the labels -> which scores lie beyond it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Items that could be judged, as arrays of one length."""

    labels: np.ndarray
    scores: np.ndarray
    groups: np.ndarray
    manipulations: np.ndarray
    sources: np.ndarray

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Judged":
        known = [one for one in outcomes if one.confidence is not None]
        return cls(
            labels=np.array([bool(one.label) for one in known], bool),
            scores=np.array([one.confidence for one in known], float),
            groups=np.array([one.group for one in known]),
            manipulations=np.array([one.manipulation for one in known]),
            sources=np.array([one.source for one in known]),
        )

    def where(self, mask: np.ndarray) -> "Judged":
        return Judged(*(getattr(self, name)[mask] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Row:
    """One source, manipulation or level.

    Attributes:
        real, fake: items of its own.
        borrowed: it has no reals, so that its fakes stand against those of all sources.
        figures: name -> figure; undefined ones are not there.
    """

    real: int
    fake: int
    borrowed: bool
    figures: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a limit of the labels does: the table of confusion and the figures drawn from it."""

    confusion: Confusion
    figures: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Effort:
    """What judging took; averages over the items or faces that were measured."""

    milliseconds_a_face: float
    watt_hours_an_item: float
    gco2e_an_item: float


@dataclass(frozen=True)
class Measurement:
    """Everything that a report tells.

    Attributes:
        raw: probabilities before calibration, float64 of the length of `judged`, where the
            card is at hand.
        fitted_on: what the calibration was fitted on, in the card's words.
        voices: of every detector, where several judged.
    """

    detector: str
    release: str
    items: int
    judged: Judged = field(repr=False)
    raw: np.ndarray | None = field(repr=False)
    fitted_on: str
    overall: Mapping[str, Interval]
    decisions: Mapping[str, Decision]
    manipulation: Mapping[str, Row]
    source: Mapping[str, Row]
    level: Mapping[str, Row]
    voices: Mapping[str, Voice]
    effort: Effort | None

    def figures(self) -> dict[str, float]:
        """All figures by dotted name, as a card carries them."""
        flat = dict(_flat("overall", self.overall))
        flat |= {"overall.items": self.items, "overall.not_applicable": self.not_applicable}
        if self.raw is not None:
            flat["overall.ece_raw"] = metrics.expected_calibration_error(
                self.judged.labels, self.raw
            )
        for limit, decision in self.decisions.items():
            flat |= _flat(limit, decision.figures)
        tables = {"manipulation": self.manipulation, "source": self.source, "level": self.level}
        for table, rows in tables.items():
            for name, row in rows.items():
                flat |= {f"{table}.{name}.real": row.real, f"{table}.{name}.fake": row.fake}
                flat |= _flat(f"{table}.{name}", row.figures)
        for detector, voice in self.voices.items():
            flat |= {f"detector.{detector}.{name}": value for name, value in voice.figures()}
        if self.effort:
            flat |= {f"effort.{name}": getattr(self.effort, name) for name in Effort.__slots__}
        return {name: float(f"{value:.4g}") for name, value in flat.items()}

    @property
    def not_applicable(self) -> int:
        return self.items - len(self.judged)


def measure(
    evaluation: Evaluation, *, card: Card | None = None, draws: int = metrics.DRAWS
) -> Measurement:
    """Take every figure of an evaluation.

    Args:
        evaluation: of a manifest.
        card: of the one detector that was measured; gives the scores before calibration.
        draws: bootstrap samples of each interval.

    Raises:
        MetricUndefined: items of one of the labels are missing.
    """
    judged = Judged.of(evaluation.items)
    return Measurement(
        detector=evaluation.detector,
        release=evaluation.release,
        items=len(evaluation.items),
        judged=judged,
        raw=_before_calibration(judged.scores, card) if card else None,
        fitted_on=card.calibration.fitted_on if card else "",
        overall=_figures(judged, FIGURES, draws),
        decisions={
            name: Decision(
                metrics.confusion(judged.labels, limit(judged.scores)),
                _figures(judged, _decision_figures(judged, limit), draws),
            )
            for name, limit in LIMITS.items()
        },
        manipulation={
            str(kind): _row(judged, judged.manipulations == kind, draws)
            for kind in np.unique(judged.manipulations[judged.labels])
        },
        source={
            str(name): _row(judged, judged.sources == name, draws)
            for name in np.unique(judged.sources)
        },
        level={name: _level(outcomes, draws) for name, outcomes in evaluation.degraded.items()},
        voices=voices(evaluation.items),
        effort=_effort(evaluation.items),
    )


def _flat(prefix: str, figures: Mapping[str, Interval]) -> Iterator[tuple[str, float]]:
    for name, one in figures.items():
        yield f"{prefix}.{name}", one.value
        yield f"{prefix}.{name}_low", one.low
        yield f"{prefix}.{name}_high", one.high


def _figures(
    judged: Judged, figures: Mapping[str, metrics.Figure], draws: int
) -> dict[str, Interval]:
    """The figures that are defined."""
    found = {}
    for name, figure in figures.items():
        try:
            found[name] = metrics.interval(
                figure, judged.labels, judged.scores, judged.groups, draws=draws
            )
        except metrics.MetricUndefined:
            continue
    return found


def _decision_figures(
    judged: Judged, limit: Callable[[np.ndarray], np.ndarray]
) -> dict[str, metrics.Figure]:
    names = dict(metrics.decisions(judged.labels, limit(judged.scores)))
    return {name: partial(_decision_figure, name, limit) for name in names}


def _decision_figure(
    name: str,
    limit: Callable[[np.ndarray], np.ndarray],
    labels: np.ndarray,
    scores: np.ndarray,
) -> float:
    figures = dict(metrics.decisions(labels, limit(scores)))
    if name not in figures:
        raise metrics.MetricUndefined(f"nothing was called fake: no {name}")
    return figures[name]


def _row(judged: Judged, own: np.ndarray, draws: int) -> Row:
    """A part of the items; fakes without reals of their own stand against all reals."""
    real, fake = int((own & ~judged.labels).sum()), int((own & judged.labels).sum())
    chosen = own if real else own | ~judged.labels
    figures = _figures(judged.where(chosen), {"auc": metrics.auc}, draws) if fake else {}
    if real:
        own_rate = {"false_fake_rate": metrics.false_fake_rate}
        figures |= _figures(judged.where(own), own_rate, draws)
    return Row(real, fake, borrowed=not real, figures=figures)


def _level(outcomes: Sequence[Outcome], draws: int) -> Row:
    judged = Judged.of(outcomes)
    return _row(judged, np.ones(len(judged), bool), draws)


def _before_calibration(scores: np.ndarray, card: Card) -> np.ndarray:
    """Sigmoid of the bare logits, found back from calibrated probabilities."""
    logits = card.calibration.logits(scores)
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _effort(outcomes: Sequence[Outcome]) -> Effort | None:
    timed = [one for one in outcomes if one.faces and one.detector_seconds is not None]
    powered = [one for one in timed if one.watt_hours is not None and one.gco2e is not None]
    if not powered:
        return None
    seconds = sum(one.detector_seconds or 0.0 for one in timed)
    return Effort(
        milliseconds_a_face=1000 * seconds / sum(one.faces or 0 for one in timed),
        watt_hours_an_item=float(np.mean([one.watt_hours for one in powered])),
        gco2e_an_item=float(np.mean([one.gco2e for one in powered])),
    )
