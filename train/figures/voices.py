"""What each detector of a panel says alone, and what the panel makes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clarity.labels import Label
from train.evaluate import Outcome, alone

GRAVITY = {Label.REAL: 0, Label.SUSPICIOUS: 1, Label.FAKE: 2}


@dataclass(frozen=True, slots=True)
class Voice:
    """One detector.

    Attributes:
        reals: share of the real items that it alone labels Suspicious or Fake, in [0, 1].
        fakes: manipulation -> share of its items that it alone labels so; also of those that
            the detector was not made for.
        nearer, farther: items whose label in the panel is nearer to the truth than this
            detector's alone, and farther from it.
    """

    reals: float
    fakes: Mapping[str, float]
    nearer: int
    farther: int

    def figures(self) -> Iterator[tuple[str, float]]:
        """All figures by name."""
        yield "reals", self.reals
        yield from ((f"fakes.{name}", share) for name, share in self.fakes.items())
        yield from (("nearer", self.nearer), ("farther", self.farther))


def voices(outcomes: Sequence[Outcome]) -> dict[str, Voice]:
    """Detector -> its voice, over the items that all of them judged.

    Empty without a panel, and where there are no reals among those items.
    """
    names = {name: None for one in outcomes for name in one.scores}
    judged = [one for one in outcomes if one.scores.keys() == names.keys()]
    if len(names) < 2 or all(one.label for one in judged):
        return {}
    return {name: _voice(name, judged) for name in names}


def _voice(name: str, judged: Sequence[Outcome]) -> Voice:
    kinds = np.array([one.manipulation if one.label else "" for one in judged])
    own = _gravity([alone(one, name) for one in judged])
    panel = _gravity(judged)
    towards_truth = np.where(kinds == "", own - panel, panel - own)
    doubted = own > GRAVITY[Label.REAL]
    shares = {str(kind): float(doubted[kinds == kind].mean()) for kind in np.unique(kinds)}
    return Voice(
        reals=shares.pop(""),
        fakes=shares,
        nearer=int((towards_truth > 0).sum()),
        farther=int((towards_truth < 0).sum()),
    )


def _gravity(outcomes: Sequence[Outcome]) -> np.ndarray:
    return np.array([GRAVITY[Label(one.verdict)] for one in outcomes])
