"""The detectors of a scan, asked side by side about one shared batch of crops."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.ensemble import robust_mean


class PanelMember(Protocol):
    """A detector in this process, or one behind a Serve handle: the scan sees no difference."""

    card: Card

    def predict(self, crops: np.ndarray) -> Prediction:
        """As `clarity.detectors.contract.Detector.predict`."""
        ...


Panel = Mapping[str, PanelMember]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one detector says of one person.

    Attributes:
        confidence: calibrated probability in [0, 1] over all frames together.
        logits: of each frame, float32 (N,).
        frames: calibrated probability of each frame, float64 (N,).
        maps: class activation maps of the frames, float32 (N, h, w).
        card: of the detector.
        elsewhere: processor seconds that another process spent on it.
    """

    confidence: float
    logits: np.ndarray
    frames: np.ndarray
    maps: np.ndarray
    card: Card
    elsewhere: float = 0.0


def ask(member: PanelMember, people: list[np.ndarray]) -> list[Opinion]:
    """One detector's opinion of every person.

    Args:
        member: the detector.
        people: for each person, uint8 crops (frames, 224, 224, 3).
    """
    sizes = [len(crops) for crops in people]
    prediction = member.predict(np.concatenate(people))
    cuts = np.cumsum(sizes)[:-1]
    share = prediction.elsewhere / len(prediction.logits)
    return [
        _opinion(member.card, logits, maps, elsewhere=share * len(logits))
        for logits, maps in zip(
            np.split(prediction.logits, cuts), np.split(prediction.maps, cuts), strict=True
        )
    ]


def _opinion(card: Card, logits: np.ndarray, maps: np.ndarray, *, elsewhere: float) -> Opinion:
    calibration = card.calibration
    return Opinion(
        confidence=calibration.probability(robust_mean(logits)),
        logits=logits,
        frames=calibration.probabilities(logits),
        maps=maps,
        card=card,
        elsewhere=elsewhere,
    )
