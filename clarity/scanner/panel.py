"""The detectors of a scan, asked side by side about one shared batch of crops."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.ensemble import robust_mean
from clarity.evidence.messages import Circumstances
from clarity.labels import Abstention


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


Said = Opinion | Abstention
"""What one detector says of one person, or why it says nothing."""


def ask(
    panel: Panel,
    people: Sequence[np.ndarray],
    motions: Sequence[np.ndarray | Abstention] = (),
) -> list[dict[str, Said]]:
    """The opinions of the whole panel on every person, asked side by side.

    Args:
        panel: detector name -> detector; at least one.
        people: for each person, uint8 crops (frames, 224, 224, 3).
        motions: for each person, measures of motion, float32 (measures,), or why there are
            none; needed where the panel has a detector of motion.

    Returns:
        For each person, detector name -> opinion, in the panel's order; the detectors of motion
        come last.
    """
    faces = {name: member for name, member in panel.items() if member.card.sees == "crops"}
    told = _of_faces(faces, people) if faces else [{} for _ in people]
    for name in [name for name in panel if name not in faces]:
        for own, said in zip(told, _of_motion(panel[name], motions), strict=True):
            own[name] = said
    return told


def _of_motion(member: PanelMember, motions: Sequence[np.ndarray | Abstention]) -> Iterator[Said]:
    """Each motion by itself: there are few, and the network is tiny."""
    for motion in motions:
        if isinstance(motion, Abstention):
            yield motion
        else:
            told = member.predict(motion[None])
            yield _opinion(member.card, told, told.logits, told.maps)


def _of_faces(panel: Panel, people: Sequence[np.ndarray]) -> list[dict[str, Said]]:
    crops = np.concatenate(people)
    cuts = np.cumsum([len(own) for own in people])[:-1]
    # one array for all: a member in another process is sent it once
    with ThreadPoolExecutor(len(panel), thread_name_prefix="panel") as threads:
        predictions = threads.map(lambda member: member.predict(crops), panel.values())
        opinions = {
            name: _by_person(panel[name].card, prediction, cuts)
            for name, prediction in zip(panel, predictions, strict=True)
        }
    return [dict(zip(opinions, own, strict=True)) for own in zip(*opinions.values(), strict=True)]


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
