"""What is learnt one after another: forged crops of one kind or source, and reals beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from clarity.errors import ClarityError
from train.batches import FAMILIES
from train.crops import CropSet


class TaskUnknown(ClarityError):
    status = 404
    code = "task-unknown"
    hint = "A task is a manipulation, a source or a family of sources of the prepared set."


class TaskOneSided(ClarityError):
    status = 422
    code = "task-one-sided"
    hint = "A task needs real and forged crops to learn from and to be measured on: choose another."


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a sequence.

    Attributes:
        name: as it was asked for.
        learnt: indices of its training crops, ascending.
        measured: indices of validation crops, as many real as forged, ascending.
    """

    name: str
    learnt: np.ndarray
    measured: np.ndarray


def task_of(crops: CropSet, name: str, *, faces: int, seed: int) -> Task:
    """The task of a name: its forged crops, and the reals of their families.

    Args:
        crops: the prepared set.
        name: a manipulation, a source, or a family of `train.batches.FAMILIES`.
        faces: crops it is measured on, at most.
        seed: which ones are drawn, if there are more.

    Raises:
        TaskUnknown: nothing of the set is called so.
        TaskOneSided: training or validation lacks reals or fakes.
    """
    families = [FAMILIES.get(row.source, row.source) for row in crops.rows]
    forged = np.array(
        [
            row.fake and name in (row.manipulation, row.source, family)
            for row, family in zip(crops.rows, families, strict=True)
        ]
    )
    if not forged.any():
        raise TaskUnknown(f"no forged crop of the set belongs to {name!r}")
    own = {family for family, chosen in zip(families, forged, strict=True) if chosen}
    real = ~crops.fake & np.array([family in own for family in families])
    of_task = np.flatnonzero(forged | real)
    learnt = np.intersect1d(of_task, crops.of_split("train"))
    measured = np.intersect1d(of_task, crops.of_split("validation"))
    for split, indices in (("training", learnt), ("validation", measured)):
        if len(set(crops.fake[indices])) < 2:
            raise TaskOneSided(f"{name} lacks real or forged crops for {split}")
    return Task(name, learnt, balanced(crops, measured, most=faces, seed=seed))


def balanced(crops: CropSet, indices: Iterable[int], *, most: int, seed: int) -> np.ndarray:
    """As many real as forged crops, `most` of them at most, drawn alike each time; ascending."""
    indices = np.asarray(indices)
    rng = np.random.default_rng(seed)
    fake = crops.fake[indices]
    half = min(most // 2, int(fake.sum()), int((~fake).sum()))
    halves = [rng.permutation(indices[fake == label])[:half] for label in (False, True)]
    return np.sort(np.concatenate(halves))
