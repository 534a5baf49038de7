"""The items behind the crops of a split: the frames of a clip count as one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clarity.ensemble import robust_mean
from train.crops import CropSet


@dataclass(frozen=True, slots=True)
class Items:
    """The items of some crops, in the order of their first frames.

    Attributes:
        frames: of each item, the places of its frames among the crops.
        fake: bool (N,).
        manipulations: str (N,); "none" for reals.
    """

    frames: Sequence[Sequence[int]]
    fake: np.ndarray
    manipulations: np.ndarray

    @classmethod
    def of_split(cls, crops: CropSet, split: str) -> "Items":
        """The items of a split; places count in `crops.of_split(split)`."""
        frames: dict[str, list[int]] = defaultdict(list)
        rows = [crops.rows[index] for index in crops.of_split(split)]
        for place, row in enumerate(rows):
            frames[row.key].append(place)
        first = [rows[places[0]] for places in frames.values()]
        return cls(
            list(frames.values()),
            np.array([row.fake for row in first]),
            np.array([row.manipulation for row in first]),
        )

    def logits(self, of_crops: np.ndarray) -> np.ndarray:
        """Logits of the items (N,), as serving takes them from those of the crops."""
        return np.array([robust_mean(of_crops[places]) for places in self.frames])

    def where(self, mask: np.ndarray) -> "Items":
        """Some of the items, by a mask bool (N,)."""
        frames = [places for places, kept in zip(self.frames, mask, strict=True) if kept]
        return Items(frames, self.fake[mask], self.manipulations[mask])

    def known_to(self, manipulations: Sequence[str]) -> np.ndarray:
        """Reals, and fakes of some manipulations, bool (N,); no manipulation means all.

        A specialist is fitted on these: of other fakes it is to say nothing in particular.
        """
        if not manipulations:
            return np.ones_like(self.fake)
        return ~self.fake | np.isin(self.manipulations, manipulations)
