"""The honest figure: a source that training never saw, told apart by what others taught."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from clarity import metrics
from clarity.detectors import parameters as flat
from clarity.detectors.contract import CROP_SIZE
from clarity.detectors.preprocess import network_input
from clarity.detectors.views import views
from train.batches import FAMILIES, serving_view
from train.crops import CropSet
from train.recipe import run

BATCH = 64
KNOWN = "validation"
"""Names the validation crops of the sources that were trained on."""


def leave_out(
    plan: ModuleType, crops: CropSet, source: str, *, steps: int, folder: Path
) -> dict[str, float]:
    """Train the first phase of a recipe without a source and measure on all of its faces.

    The source's whole family is left out where its reals are shared with other sources.

    Args:
        plan: a module of train/recipes.
        crops: the prepared set.
        source: the one to leave out.
        steps: budget; the schedule is shrunk to it.
        folder: of the run; a finished run is not repeated.

    Returns:
        AUC of the source's fakes against its own reals, and the number of each.
    """
    out = family_of(crops, source)
    phase = plan.PHASES[0]
    schedule = replace(phase.schedule, steps=steps, warmup=min(50, steps // 4), average=0.99)
    parameters = run(
        plan.FRESH,
        [replace(phase, schedule=schedule)],
        crops,
        folder=folder,
        seed=1,
        held_out=out,
    )
    return measured(plan, crops, of_sources(crops, out), parameters, size=phase.input_size)


def family_of(crops: CropSet, source: str) -> frozenset[str]:
    """The sources that share their reals with a source, itself among them."""
    family = FAMILIES.get(source, source)
    return frozenset(
        row.source for row in crops.rows if FAMILIES.get(row.source, row.source) == family
    )


def of_sources(crops: CropSet, sources: frozenset[str]) -> np.ndarray:
    """Indices of all crops of some sources."""
    return np.flatnonzero([row.source in sources for row in crops.rows])


@dataclass(frozen=True, slots=True)
class Fold:
    """Sources that are left out together, and what is measured then.

    Attributes:
        out: the sources, with all that share their reals.
        sources: those that were named.
        faces: of each of them, and of `KNOWN`, indices of the crops that are judged.
    """

    out: frozenset[str]
    sources: tuple[str, ...]
    faces: Mapping[str, np.ndarray]

    @classmethod
    def named(cls, name: str, crops: CropSet, *, faces: int, seed: int) -> "Fold":
        """The fold of sources joined by "+"; at most so many faces of each, half of them real."""
        families = {source: family_of(crops, source) for source in name.split("+")}
        out = frozenset().union(*families.values())
        validation = crops.of_split("validation")
        every = {
            KNOWN: np.array([i for i in validation if crops.rows[i].source not in out]),
            **{source: of_sources(crops, family) for source, family in families.items()},
        }
        chosen = {
            name: sample(crops, indices, faces=faces, seed=seed) for name, indices in every.items()
        }
        return cls(out, tuple(families), chosen)


def sample(crops: CropSet, indices: np.ndarray, *, faces: int, seed: int) -> np.ndarray:
    """At most so many of the crops, real and forged in equal parts, ascending."""
    rng = np.random.default_rng(seed)
    labels = crops.fake[indices]
    halves = [rng.permutation(indices[labels == label]) for label in (False, True)]
    return np.sort(np.concatenate([half[: faces // 2] for half in halves]))


def measured(
    plan: ModuleType, crops: CropSet, chosen: np.ndarray, parameters: Path, *, size: int
) -> dict[str, float]:
    """AUC of trained parameters on some crops, and how many of each label there are."""
    logits = judged(plan, crops, chosen, parameters, size=size)
    fake = crops.fake[chosen]
    return {"auc": metrics.auc(fake, logits), "real": int((~fake).sum()), "fake": int(fake.sum())}


def judged(
    plan: ModuleType,
    crops: CropSet,
    chosen: np.ndarray,
    parameters: Path,
    *,
    size: int,
    every_view: bool = False,
) -> np.ndarray:
    """Logits of trained parameters for some crops at the serving framing, float32 (N,).

    Args:
        every_view: the mean over the views that its release would take, not the crop alone.
    """
    network = plan.NETWORK.build(size)
    plan.NETWORK.load_parameters(network, flat.read(parameters))
    batches = (chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH))
    return np.concatenate(
        [_logits(plan, network, crops, some, size, every_view=every_view) for some in batches]
    )


def _logits(
    plan: ModuleType,
    network: Any,
    crops: CropSet,
    indices: np.ndarray,
    size: int,
    *,
    every_view: bool,
) -> np.ndarray:
    spec = plan.NETWORK.spec(size)
    whole = np.stack([serving_view(crops.pixels[i], CROP_SIZE) for i in indices])
    seen = views(whole, spec) if every_view else [whole]
    logits: np.ndarray = np.mean(
        [network(network_input(one, spec))[0].numpy() for one in seen], axis=0
    )
    return logits
