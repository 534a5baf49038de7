"""Does a heat map point at what was changed? Forgeries whose place is known tell.

    python -m train pointing --faces 200

The pointing game (Zhang et al. 2016, arXiv 1608.00507): a hit is a map whose hottest pixel lies in
the forged region. Beside it the area under the ROC curve of all pixels, the map's value against
whether the pixel was changed. The peer is a Gaussian in the middle of the crop, which knows
nothing but that faces are in the middle.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass

import cv2
import numpy as np

from clarity import metrics
from clarity.detectors.contract import CROP_SIZE
from clarity.forgery import registry
from clarity.forgery.contract import Forgery
from train.batches import serving_view
from train.crops import CropSet
from train.places import WIDEST

Judge = Callable[[np.ndarray], np.ndarray]
"""Views, uint8 (N, CROP_SIZE, CROP_SIZE, 3) -> maps (N, h, w)."""

BATCH = 32

CHANGED = 0.3
"""A pixel that was replaced this far counts as changed."""

SPREAD = 0.25
"""Standard deviation of the Gaussian, in sides of the crop."""

THINNED = np.s_[::4, ::4]
"""The pixels that are counted: maps have six cells a side."""


@dataclass(frozen=True, slots=True)
class Pointing:
    """How well maps point at one kind of forgery.

    Attributes:
        faces: forged and judged.
        area: mean share of the crop that was changed.
        hits, centre_hits: share of maps, and whether the Gaussian's peak would have hit.
        auc, centre_auc: mean over the faces, of all pixels.
    """

    kind: str
    faces: int
    area: float
    hits: float
    centre_hits: float
    auc: float
    centre_auc: float


def play(
    judge: Judge,
    crops: CropSet,
    *,
    kinds: Sequence[str],
    faces: int,
    seed: int,
    progress: Callable[[str], None] = lambda kind: None,
) -> list[Pointing]:
    """The game over real validation faces, each forged once by every kind.

    Args:
        judge: whose maps are judged.
        crops: the prepared set.
        kinds: of `clarity.forgery.registry`, those that stills are enough for.
        faces: of each kind, at most.
        seed: of the faces and of the forgeries.
        progress: told of every kind that is done.

    Returns:
        One line a kind that left at least one face with a place to point at.
    """
    validation = crops.of_split("validation")
    real = validation[~crops.fake[validation]]
    chosen = np.random.default_rng(seed).permutation(real)[:faces]
    lines = []
    for kind in kinds:
        made = list(_forged(crops, chosen, kind, seed))
        if made:
            lines.append(_line(kind, judge, made))
        progress(kind)
    return lines


def together(lines: Sequence[Pointing]) -> Pointing:
    """All kinds as one: means over all faces of all kinds."""
    weights = [line.faces for line in lines]
    means = np.average([astuple(line)[2:] for line in lines], axis=0, weights=weights)
    return Pointing("all kinds", sum(weights), *map(float, means))


def _forged(
    crops: CropSet, chosen: np.ndarray, kind: str, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(view as it is served, which of its pixels were changed) of every fitting forgery."""
    for number, index in enumerate(chosen):
        rng = np.random.default_rng((seed, number))
        face, other = crops.face(index), crops.face(chosen[number - 1])
        forgery = registry.forge(kind, rng, face=face, other=other)
        changed = _changed(forgery)
        if changed[THINNED].any() and changed.mean() <= WIDEST:
            yield serving_view(forgery.pixels, CROP_SIZE), changed


def _changed(forgery: Forgery) -> np.ndarray:
    return serving_view(forgery.mask, CROP_SIZE) > CHANGED


def _line(kind: str, judge: Judge, made: Sequence[tuple[np.ndarray, np.ndarray]]) -> Pointing:
    views = np.stack([view for view, _ in made])
    maps = np.concatenate(
        [judge(views[start : start + BATCH]) for start in range(0, len(views), BATCH)]
    )
    heats = [enlarged(cells) for cells in maps]
    centre = gaussian()
    return Pointing(
        kind=kind,
        faces=len(made),
        area=float(np.mean([changed.mean() for _, changed in made])),
        hits=_hits(heats, made),
        centre_hits=_hits([centre] * len(made), made),
        auc=_auc(heats, made),
        centre_auc=_auc([centre] * len(made), made),
    )


def enlarged(cells: np.ndarray) -> np.ndarray:
    """A map (h, w) at the size of a crop, as `clarity.explanation` draws it."""
    heat = cells.astype(np.float32)
    return np.asarray(cv2.resize(heat, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC))


def gaussian() -> np.ndarray:
    """The peer, float64 (CROP_SIZE, CROP_SIZE)."""
    away = ((np.arange(CROP_SIZE) + 0.5) / CROP_SIZE - 0.5) / SPREAD
    return np.exp(-0.5 * (away[:, None] ** 2 + away**2))


def _hits(heats: Sequence[np.ndarray], made: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    return float(
        np.mean(
            [changed.ravel()[heat.argmax()] for heat, (_, changed) in zip(heats, made, strict=True)]
        )
    )


def _auc(heats: Sequence[np.ndarray], made: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    return float(
        np.mean(
            [
                metrics.auc(changed[THINNED].ravel(), heat[THINNED].ravel())
                for heat, (_, changed) in zip(heats, made, strict=True)
            ]
        )
    )
