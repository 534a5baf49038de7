"""The recipe beside what anybody would try first, on sources that neither of them saw.

    python -m train baselines ffpp+ffpp_c23+sd21 --steps 1000 --size 96

Everybody trains on the same crops as often, at the same resolution, without the sources that are
left out, and is measured on the same faces. What is compared are networks and recipes; a release
has seen every source and far more crops, so its own figure cannot stand in this table.

Everybody is calibrated on the known sources as a release is, and what that is worth is measured on
the unseen ones: `train.baselines.table` tells both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np

from clarity import metrics
from train.baselines import mesonet4
from train.batches import BatchRecipe
from train.calibrate import fit_calibration
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
    Contender("EfficientNet-Lite0, plain fine-tuning", efficientnet_lite0, PLAIN, 1e-4),
    Contender("first release's recipe", efficientnet_lite0, _of_phase("128-start"), 1e-4),
    Contender("release's recipe", efficientnet_lite0, _of_phase("192"), 1e-4, every_view=True),
    # last, for it takes longer than all others together
    Contender("Xception, from scratch", xception, PLAIN, 1e-3),
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
class Trust:
    """What a calibration on known sources is worth on unseen ones; shares in [0, 1].

    Attributes:
        real_fake, real_suspicious: shares of real faces with these labels.
        ece: expected calibration error.
    """

    real_fake: float
    real_suspicious: float
    ece: float


@dataclass(frozen=True, slots=True)
class Line:
    """A contender's figures: AUC and its interval over people.

    Attributes:
        figures: of each source that was left out, and of `KNOWN`.
        manipulations: of each manipulation in the sources left out, against all their reals.
        trust: over the faces of all sources left out.
    """

    contender: str
    fold: str
    figures: dict[str, metrics.Interval]
    manipulations: dict[str, metrics.Interval]
    trust: Trust

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
            lines.append(_line(crops, one, name, fold, limits, place))
            report(lines)
    return lines


def _line(
    crops: CropSet, one: Contender, name: str, fold: Fold, limits: Limits, folder: Path
) -> Line:
    parameters = run(
        one.plan.FRESH,
        [_phase(one, limits)],
        crops,
        folder=folder,
        seed=limits.seed,
        held_out=fold.out,
    )
    logits = {
        part: judged(
            one.plan, crops, chosen, parameters, size=limits.size, every_view=one.every_view
        )
        for part, chosen in fold.faces.items()
    }
    unseen = np.concatenate([fold.faces[source] for source in fold.sources])
    said = np.concatenate([logits[source] for source in fold.sources])
    known = fold.faces[KNOWN]
    calibration = fit_calibration(logits[KNOWN], crops.fake[known], fitted_on=KNOWN)
    return Line(
        one.name,
        name,
        {part: _interval(crops, chosen, logits[part]) for part, chosen in fold.faces.items()},
        _by_manipulation(crops, unseen, said),
        _trust(crops.fake[unseen], calibration.probabilities(said)),
    )


def _interval(crops: CropSet, chosen: np.ndarray, logits: np.ndarray) -> metrics.Interval:
    groups = np.array([crops.rows[index].group for index in chosen])
    return metrics.interval(metrics.auc, crops.fake[chosen], logits, groups)


def _by_manipulation(
    crops: CropSet, chosen: np.ndarray, logits: np.ndarray
) -> dict[str, metrics.Interval]:
    kinds = [crops.rows[index].manipulation for index in chosen]
    return {
        kind: _interval(crops, chosen[mask], logits[mask])
        for kind, mask in metrics.against_reals(crops.fake[chosen], kinds)
    }


def _trust(fake: np.ndarray, scores: np.ndarray) -> Trust:
    return Trust(
        metrics.false_fake_rate(fake, scores),
        metrics.false_suspicious_rate(fake, scores),
        metrics.expected_calibration_error(fake, scores),
    )


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
