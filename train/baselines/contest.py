"""The recipe beside what anybody would try first, on sources that neither of them saw.

    python -m train baselines ffpp+ffpp_c23+sd21 --steps 1000 --size 96

Everybody trains on the same crops as often, at the same resolution, without the sources that are
left out, and is measured on the same faces. What is compared are networks and recipes; a release
has seen every source and far more crops, so its own figure cannot stand in this table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np

from clarity import metrics
from train.baselines import mesonet4
from train.batches import BatchRecipe
from train.crops import CropSet
from train.leave_one_out import KNOWN, Fold, judged
from train.loop import Schedule
from train.recipe import Phase, phase_named, run
from train.recipes import efficientnet_lite0, xception

PLAIN = BatchRecipe(size=32, input_size=0, forged=(), delivery=0.0)
"""Real fakes alone, as they are."""

Report = Callable[[Sequence["Line"]], None]


@dataclass(frozen=True, slots=True)
class Contender:
    """A network and how it is trained.

    Attributes:
        name: in the table.
        plan: NETWORK and FRESH, as a module of train/recipes has them.
        batches: what it sees; the input size is the contest's.
        rate: peak learning rate.
        every_view: judged in all views that its release would take.
    """

    name: str
    plan: ModuleType
    batches: BatchRecipe
    rate: float
    every_view: bool = False


def _of_phase(name: str) -> BatchRecipe:
    phase = phase_named(efficientnet_lite0.PHASES, name)
    assert phase is not None
    return phase.batches


CONTENDERS = (
    Contender("MesoNet-4, from scratch", mesonet4, PLAIN, 1e-3),
    Contender("Xception, from scratch", xception, PLAIN, 1e-3),
    Contender("EfficientNet-Lite0, plain fine-tuning", efficientnet_lite0, PLAIN, 1e-4),
    Contender("first release's recipe", efficientnet_lite0, _of_phase("128-start"), 1e-4),
    Contender("release's recipe", efficientnet_lite0, _of_phase("192"), 1e-4, every_view=True),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is spent on each.

    Attributes:
        steps: of 32 crops.
        size: input of the networks, pixels.
        faces: that a figure is measured on, at most; half of them real.
        seed: of batches, initial weights and measured faces.
    """

    steps: int = 1000
    size: int = 96
    faces: int = 1500
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A contender's figures: source, or `KNOWN` -> AUC and its interval over people."""

    contender: str
    fold: str
    figures: dict[str, metrics.Interval]

    @property
    def unseen(self) -> float:
        """Mean AUC over the sources that were left out."""
        return float(np.mean([one.value for name, one in self.figures.items() if name != KNOWN]))


def contest(
    crops: CropSet,
    folds: Sequence[str],
    *,
    limits: Limits,
    folder: Path,
    contenders: Sequence[Contender] = CONTENDERS,
    report: Report = lambda lines: None,
) -> list[Line]:
    """Train and measure everybody, fold by fold.

    Args:
        crops: the prepared set.
        folds: sources left out together, joined by "+", with all that share their reals.
        limits: of every run.
        folder: of the runs; finished ones are not repeated.
        report: told of all lines so far after each run.
    """
    lines: list[Line] = []
    for name in folds:
        fold = Fold.named(name, crops, faces=limits.faces, seed=limits.seed)
        for one in contenders:
            place = folder / f"without-{name}" / one.name.replace(" ", "-")
            lines.append(Line(one.name, name, _figures(crops, one, fold, limits, place)))
            report(lines)
    return lines


def _figures(
    crops: CropSet,
    one: Contender,
    fold: Fold,
    limits: Limits,
    folder: Path,
) -> dict[str, metrics.Interval]:
    parameters = run(
        one.plan.FRESH,
        [_phase(one, limits)],
        crops,
        folder=folder,
        seed=limits.seed,
        held_out=fold.out,
    )
    groups = np.array([row.group for row in crops.rows])
    figures = {}
    for name, chosen in fold.faces.items():
        logits = judged(
            one.plan, crops, chosen, parameters, size=limits.size, every_view=one.every_view
        )
        figures[name] = metrics.interval(metrics.auc, crops.fake[chosen], logits, groups[chosen])
    return figures


def _phase(one: Contender, limits: Limits) -> Phase:
    schedule = Schedule(
        steps=limits.steps,
        peak_rate=one.rate,
        warmup=min(50, limits.steps // 4),
        average=0.99,
        report_every=max(1, limits.steps // 4),
    )
    batches = replace(one.batches, input_size=limits.size)
    return Phase(f"{limits.steps}-steps", batches, schedule, limits.size)


def as_markdown(lines: Sequence[Line]) -> str:
    """A table for each fold: AUC with its 95 % interval, and the mean over the unseen sources."""
    tables = []
    for fold in dict.fromkeys(line.fold for line in lines):
        own = [line for line in lines if line.fold == fold]
        names = list(own[0].figures)
        rows = [
            f"| left out: {fold} | {' | '.join(names)} | unseen, mean |",
            f"|---|{'---:|' * (len(names) + 1)}",
        ]
        rows += [
            f"| {line.contender} | "
            + " | ".join(_told(line.figures[name]) for name in names)
            + f" | {line.unseen:.3f} |"
            for line in own
        ]
        tables.append("\n".join(rows))
    return "\n\n".join(tables)


def _told(one: metrics.Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
