"""The detectors of a scan, asked side by side about one shared batch of crops."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.ensemble import robust_mean
from clarity.evidence.messages import Circumstances


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
        ran_on: of the process that judged; absent when it was this one.
    """

    confidence: float
    logits: np.ndarray
    frames: np.ndarray
    maps: np.ndarray
    card: Card
    elsewhere: float = 0.0
    ran_on: Circumstances | None = None


def ask(panel: Panel, people: Sequence[np.ndarray]) -> list[dict[str, Opinion]]:
    """The opinions of the whole panel on every person, asked side by side.

    Args:
        panel: detector name -> detector; at least one.
        people: for each person, uint8 crops (frames, 224, 224, 3).

    Returns:
        For each person, detector name -> opinion, in the panel's order.
    """
    crops = np.concatenate(people)
    cuts = np.cumsum([len(own) for own in people])[:-1]
    # one array for all: a member in another process is sent it once
    with ThreadPoolExecutor(len(panel), thread_name_prefix="panel") as threads:
        predictions = threads.map(lambda member: member.predict(crops), panel.values())
        told = {
            name: _by_person(panel[name].card, prediction, cuts)
            for name, prediction in zip(panel, predictions, strict=True)
        }
    return [dict(zip(told, opinions, strict=True)) for opinions in zip(*told.values(), strict=True)]


def _by_person(card: Card, prediction: Prediction, cuts: np.ndarray) -> list[Opinion]:
    pairs = zip(np.split(prediction.logits, cuts), np.split(prediction.maps, cuts), strict=True)
    return [_opinion(card, prediction, logits, maps) for logits, maps in pairs]


def _opinion(card: Card, told: Prediction, logits: np.ndarray, maps: np.ndarray) -> Opinion:
    calibration = card.calibration
    return Opinion(
        confidence=calibration.probability(robust_mean(logits)),
        logits=logits,
        frames=calibration.probabilities(logits),
        maps=maps,
        card=card,
        elsewhere=told.elsewhere * len(logits) / len(told.logits),
        ran_on=told.ran_on,
    )
