"""Trained parameters side by side and together, before any of them is released.

    python -m train compare efficientnet_lite0 face_swap
    python -m train compare efficientnet_lite0=RUN:PHASE face_swap=RUN:PHASE

Every number is over the items of the validation split (the frames of a clip count as one) at the
serving framing, in float32. Together they are judged as the panel judges: the highest confidence
speaks. The mean of their log odds stands beside it, for it tells whether their errors differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from pathlib import Path
from types import ModuleType

import numpy as np
from scipy.special import expit

from clarity import metrics
from clarity.errors import ClarityError
from train.calibrate import fit_to_task
from train.crops import CropSet
from train.items import Items
from train.leave_one_out import judged
from train.recipe import Phase, phase_named


@dataclass(frozen=True, slots=True)
class Trained:
    """Parameters that a recipe's phase ended with.

    Attributes:
        name: what the table calls them.
        plan: the recipe.
        phase: its input size is theirs.
    """

    name: str
    plan: ModuleType
    phase: Phase
    parameters: Path

    @classmethod
    def named(cls, name: str, runs: Path) -> "Trained":
        """`RECIPE`, `RECIPE=RUN` or `RECIPE=RUN:PHASE`.

        Raises:
            ClarityError: there is no such phase, or it was not finished.
        """
        recipe, _, place = name.partition("=")
        run, _, wanted = place.partition(":")
        plan = import_module(f"train.recipes.{recipe}")
        wanted = wanted or plan.PHASES[-1].name
        phase = phase_named(plan.PHASES, wanted)
        path = runs / (run or recipe) / f"{wanted}.safetensors"
        if phase is None or not path.is_file():
            phases = ", ".join(known.name for known in plan.PHASES)
            raise ClarityError(f"There is nothing at {path}.", hint=f"Phases: {phases}.")
        return cls(name, plan, phase, path)


@dataclass(frozen=True, slots=True)
class Standing:
    """What one network, or several together, make of the validation items; all in [0, 1].

    Attributes:
        auc: over all items; `manipulation` of each kind's fakes against all reals.
        real_suspicious, real_fake: shares of reals with these labels.
        missed: share of fakes labelled Real.
    """

    name: str
    auc: float
    manipulation: Mapping[str, float]
    real_suspicious: float
    real_fake: float
    missed: float


def compare(networks: Sequence[Trained], crops: CropSet) -> list[Standing]:
    """Each network, then every pair, then all: by the highest confidence and by the mean log odds.

    Specialists are calibrated as for a release; what they say of fakes that they were not trained
    to see is in the figures.
    """
    chosen = crops.of_split("validation")
    items, odds = Items.of_split(crops, "validation"), {}
    for network in networks:
        logits = items.logits(
            judged(
                network.plan,
                crops,
                chosen,
                network.parameters,
                size=network.phase.input_size,
                every_view=True,
            )
        )
        own = network.phase.batches.manipulations
        calibration = fit_to_task(items, logits, own, fitted_on="validation")
        odds[network.name] = calibration.log_odds(logits)
    table = [_standing(name, own, items) for name, own in odds.items()]
    for size in range(2, len(networks) + 1):
        for names in combinations(odds, size):
            together = np.stack([odds[name] for name in names])
            table.append(_standing("highest of " + ", ".join(names), together.max(0), items))
            table.append(_standing("mean of " + ", ".join(names), together.mean(0), items))
    return table


def _standing(name: str, log_odds: np.ndarray, items: Items) -> Standing:
    fake = items.fake
    p = expit(log_odds)
    return Standing(
        name,
        metrics.auc(fake, log_odds),
        dict(metrics.by_manipulation(fake, log_odds, items.manipulations.tolist())),
        real_suspicious=metrics.false_suspicious_rate(fake, p),
        real_fake=metrics.false_fake_rate(fake, p),
        missed=float((~metrics.not_real(p[fake])).mean()),
    )
