"""A few crops of earlier tasks come again in every batch of a later one."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from train.batches import Batch, BatchRecipe, BatchSource
from train.continual.tasks import Task, balanced
from train.crops import CropSet


class RehearsingSource(BatchSource):
    """Batches of a task, a part of each from the memory; as large as batches without one."""

    def __init__(
        self,
        crops: CropSet,
        recipe: BatchRecipe,
        *,
        indices: np.ndarray,
        memory: np.ndarray,
        share: float,
        seed: int,
    ) -> None:
        """
        Args:
            indices: of the task.
            memory: indices of the crops that are kept of earlier tasks.
            share: of a batch that comes from the memory, in (0, 1).
        """
        # pairs of a real and a forged crop, at least one from either side
        pairs = recipe.size // 2
        old = min(max(1, round(pairs * share)), pairs - 1)
        super().__init__(crops, replace(recipe, size=2 * (pairs - old)), indices=indices, seed=seed)
        self._memory = BatchSource(crops, replace(recipe, size=2 * old), indices=memory, seed=seed)

    def batch(self, step: int) -> Batch:
        new, old = super().batch(step), self._memory.batch(step)
        return Batch(
            *(
                np.concatenate([getattr(new, field.name), getattr(old, field.name)])
                for field in fields(Batch)
            )
        )


def remembered(crops: CropSet, tasks: Sequence[Task], *, kept: int, seed: int) -> np.ndarray:
    """Indices of the training crops that stay of some tasks, `kept` of each, half of them real."""
    return np.unique(
        np.concatenate(
            [balanced(crops, task.learnt, most=kept, seed=seed) for task in tasks]
            or [np.array([], int)]
        )
    )
