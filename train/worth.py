"""What each forgery is worth to a detector: sources that training never saw, with and without.

    python -m train worth dfdc+yonsei stargan --recipe vgg16 --steps 600 --tune 120 --size 96

For every source, or sources joined by "+", a base is trained without them and without any
forgery. From that base, one short fine-tune goes on with real fakes alone, and one for each kind
(or each manipulation) with a share of them forged. All of them see as many crops; the difference
in AUC on a source left out is what the forgery taught, within the noise of a short run.

A network that learns one forgery may unlearn another, so each is also tried beside the fine-tune
without forgeries, both calibrated on sources that they know: as a specialist that doubts few
reals, where the higher confidence speaks as it does in the panel ("or"), and by the mean of their
log odds ("and").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np

from clarity import metrics
from clarity.forgery import registry
from train.calibrate import FALSE_DOUBT, fit_calibration
from train.crops import CropSet
from train.leave_one_out import KNOWN, Fold, judged
from train.recipe import Phase, run

NOTHING = "none"
"""The row that all others are held against: the fine-tune without forgeries."""

Figures = dict[str, dict[str, float]]
"""Row -> source -> AUC."""

Shares = tuple[tuple[str, float], ...]
Logits = Mapping[str, np.ndarray]
"""Name of some crops -> their logits or log odds, float (N,)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is spent.

    Attributes:
        steps: of each source's base.
        tune: of each fine-tune.
        size: input of the network, pixels.
        share: part of the forged crops that a forgery replaces, in [0, 1].
        faces: crops that an AUC is measured on, at most; half of them real.
        seed: of the batches and of the measured crops.
    """

    steps: int = 300
    tune: int = 80
    size: int = 96
    share: float = 0.5
    faces: int = 1500
    seed: int = 1


def worth(
    plan: ModuleType,
    crops: CropSet,
    sources: Sequence[str],
    *,
    rows: Sequence[str],
    budget: Budget,
    folder: Path,
    report: Callable[[Figures], None] = lambda figures: None,
) -> Figures:
    """Measure forgeries on left-out sources.

    Args:
        plan: a module of train/recipes; its first phase gives batches and schedule.
        crops: the prepared set.
        sources: each is left out once, with all that share its reals; those joined by "+" are
            left out together and measured one by one.
        rows: kinds of forgery, or manipulations, which stand for all their kinds in equal parts.
        budget: of every run.
        folder: of the runs; finished ones are not repeated.
        report: told of the figures after each run.

    Raises:
        UnknownForgery: a row names neither a manipulation nor a kind.
    """
    figures: Figures = {}
    recipes = {NOTHING: (), **{row: shares_of(row, budget.share) for row in rows}}
    for name in sources:
        fold = Fold.named(name, crops, faces=budget.faces, seed=budget.seed)
        logits: dict[str, Logits] = {}
        for row, forged in recipes.items():
            parameters = run(
                plan.FRESH,
                _phases(plan, row, forged, budget),
                crops,
                folder=folder / f"without-{name}",
                seed=budget.seed,
                held_out=fold.out,
            )
            logits[row] = {
                part: judged(plan, crops, faces, parameters, size=budget.size)
                for part, faces in fold.faces.items()
            }
            scores = {row: logits[row]}
            if row != NOTHING:
                labels = crops.fake[fold.faces[KNOWN]]
                joined = together(logits[NOTHING], logits[row], labels)
                scores |= {f"{NOTHING} {how} {row}": told for how, told in joined.items()}
            for title, own in scores.items():
                figures.setdefault(title, {}).update(
                    {
                        source: metrics.auc(crops.fake[fold.faces[source]], own[source])
                        for source in fold.sources
                    }
                )
            report(figures)
    return figures


def together(generalist: Logits, specialist: Logits, labels: np.ndarray) -> dict[str, Logits]:
    """Both networks as one: "or", the higher of their log odds, as a panel speaks; "and", the mean.

    Each is calibrated on the known crops first; for "or" the specialist is quiet.

    Args:
        generalist, specialist: their logits by name of the crops, `KNOWN` among them.
        labels: of the known crops, True = fake.
    """
    first = fit_calibration(generalist[KNOWN], labels, fitted_on=KNOWN)
    second = fit_calibration(specialist[KNOWN], labels, fitted_on=KNOWN)
    quiet = fit_calibration(specialist[KNOWN], labels, fitted_on=KNOWN, false_doubt=FALSE_DOUBT)
    either, both = {}, {}
    for name in generalist:
        own = first.log_odds(generalist[name])
        either[name] = np.maximum(own, quiet.log_odds(specialist[name]))
        both[name] = (own + second.log_odds(specialist[name])) / 2
    return {"or": either, "and": both}


def shares_of(row: str, share: float) -> Shares:
    """(kind, share) of a row: a kind alone, or all stills of a manipulation in equal parts."""
    found = registry.kinds(row) or (row,)
    for kind in found:
        registry.entry(kind)
    return tuple((kind, share / len(found)) for kind in found)


def as_markdown(figures: Figures) -> str:
    """A table: AUC a source, their mean and worst, and the mean's gain over no forgery."""
    sources = list(next(iter(figures.values())))
    plain = _mean(figures[NOTHING])
    lines = [
        f"| forged | {' | '.join(sources)} | mean | worst | gain |",
        f"|---|{'---:|' * (len(sources) + 3)}",
    ]
    for row, values in figures.items():
        cells = [f"{values[source]:.3f}" if source in values else "" for source in sources]
        gain = "" if row == NOTHING else f"{_mean(values) - plain:+.3f}"
        summary = f"{_mean(values):.3f} | {min(values.values()):.3f} | {gain}"
        lines.append(f"| {row} | {' | '.join(cells)} | {summary} |")
    return "\n".join(lines)


def _mean(values: Mapping[str, float]) -> float:
    return float(np.mean(list(values.values())))


def _phases(plan: ModuleType, row: str, forged: Shares, budget: Budget) -> list[Phase]:
    """The base, which all rows share, and the row's fine-tune at half the learning rate."""
    first = plan.PHASES[0]
    schedule = replace(
        first.schedule,
        steps=budget.steps,
        warmup=min(50, budget.steps // 4),
        average=0.98,
        report_every=budget.steps,
    )
    tune = replace(
        schedule,
        steps=budget.tune,
        warmup=budget.tune // 8,
        peak_rate=schedule.peak_rate / 2,
        report_every=budget.tune,
    )
    views = replace(first.batches, input_size=budget.size, forged=())
    return [
        Phase("base", views, schedule, budget.size),
        Phase(f"with-{row}", replace(views, forged=forged), tune, budget.size),
    ]
