"""The detectors of a scan, asked about one shared batch of crops."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.ensemble import robust_mean
from clarity.evidence.messages import Circumstances
from clarity.labels import Abstention, Evidence, Score
from clarity.scanner.delivery import Copies


class PanelMember(Protocol):
    """A detector in this process, or one behind a Serve handle: the scan sees no difference."""

    card: Card

    def predict(self, crops: np.ndarray) -> Prediction:
        """As `clarity.detectors.contract.Detector.predict`."""
        ...


Panel = Mapping[str, PanelMember]


@dataclass(frozen=True, slots=True)
class OfCopies:
    """What one detector said of some frames of a person as they are, and of their copies.

    Attributes:
        itself: calibrated probability in [0, 1] of these frames together.
        copies: delivery -> the same of their copies.
        logits: delivery -> logit of each copy.
    """

    itself: float
    copies: Mapping[str, float]
    logits: Mapping[str, Sequence[float]]


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
        copies: what it said of copies of some of the frames; absent when there were none.
    """

    confidence: float
    logits: np.ndarray
    frames: np.ndarray
    maps: np.ndarray
    card: Card
    elsewhere: float = 0.0
    ran_on: Circumstances | None = None
    copies: OfCopies | None = None


Said = Opinion | Abstention
"""What one detector says of one person, or why it says nothing."""

Enough = Callable[[Sequence[Mapping[str, Said]]], bool]
"""Of each person what was said so far -> whether nobody else needs to be asked."""


def ask(
    panel: Panel,
    people: Sequence[np.ndarray],
    motions: Sequence[np.ndarray | Abstention] = (),
    *,
    copies: Sequence[Copies] = (),
    enough: Enough | None = None,
) -> list[dict[str, Said]]:
    """The opinions of the panel on every person.

    Args:
        panel: detector name -> detector; at least one.
        people: for each person, uint8 crops (frames, 224, 224, 3).
        motions: for each person, measures of motion, float32 (measures,), or why there are
            none; needed where the panel has a detector of motion.
        copies: for each person, copies of crops to be judged in the same batch; or none at all.
        enough: asks the detectors of faces that have a vote one after another, until this holds
            of what they said; without it they are asked side by side.

    Returns:
        For each person, detector name -> opinion, in the panel's order; the detectors of motion
        come last. Those that were not asked are missing.
    """
    faces = {name: member for name, member in panel.items() if member.card.sees == "crops"}
    told = _of_faces(faces, people, copies, enough) if faces else [{} for _ in people]
    for name in [name for name in panel if name not in faces]:
        for own, said in zip(told, _of_motion(panel[name], motions), strict=True):
            own[name] = said
    return told


def opinions_of(told: Mapping[str, Said]) -> dict[str, Opinion]:
    """What was said of a person, without the detectors that abstained."""
    return {name: said for name, said in told.items() if isinstance(said, Opinion)}


def evidence_of(told: Mapping[str, Said]) -> dict[str, Evidence]:
    """What was said of a person, as verdicts are made of."""
    return {
        name: said if isinstance(said, Abstention) else Score(said.confidence)
        for name, said in told.items()
    }


def _of_motion(member: PanelMember, motions: Sequence[np.ndarray | Abstention]) -> Iterator[Said]:
    """Each motion by itself: there are few, and the network is tiny."""
    for motion in motions:
        if isinstance(motion, Abstention):
            yield motion
        else:
            told = member.predict(motion[None])
            yield _opinion(member.card, told, told.logits, told.maps)


def _of_faces(
    panel: Panel, people: Sequence[np.ndarray], copies: Sequence[Copies], enough: Enough | None
) -> list[dict[str, Said]]:
    sent = [crops for own in copies for crops in own.crops.values()]
    # one array for all: a member in another process is sent it once
    crops = np.concatenate([*people, *sent])

    def ask_one(name: str) -> list[Opinion]:
        member = panel[name]
        return _by_person(member.card, member.predict(crops), people, copies)

    if enough:
        return _in_turn(panel, ask_one, enough, people=len(people))
    with ThreadPoolExecutor(len(panel), thread_name_prefix="panel") as threads:
        opinions = list(threads.map(ask_one, panel))
    return [dict(zip(panel, own, strict=True)) for own in zip(*opinions, strict=True)]


def _in_turn(
    panel: Panel, ask_one: Callable[[str], list[Opinion]], enough: Enough, *, people: int
) -> list[dict[str, Said]]:
    """Those with a vote until it is enough, then those without."""
    told: list[dict[str, Said]] = [{} for _ in range(people)]
    voting = [name for name in panel if not panel[name].card.advisory]
    for name in voting:
        if name != voting[0] and enough(told):
            break
        _add(told, name, ask_one(name))
    for name in panel:
        if name not in voting:
            _add(told, name, ask_one(name))
    return told


def _add(told: Sequence[dict[str, Said]], name: str, opinions: Sequence[Opinion]) -> None:
    for own, opinion in zip(told, opinions, strict=True):
        own[name] = opinion


def _by_person(
    card: Card, prediction: Prediction, people: Sequence[np.ndarray], copies: Sequence[Copies]
) -> list[Opinion]:
    """The batch taken apart again: the crops of all people, then the copies of all people."""
    cuts = np.cumsum([len(own) for own in people])
    logits = np.split(prediction.logits, cuts)
    maps = np.split(prediction.maps, cuts)
    opinions = [
        _opinion(card, prediction, own, cells)
        for own, cells in zip(logits[:-1], maps[:-1], strict=True)
    ]
    if not copies:
        return opinions
    parts = np.split(logits[-1], np.cumsum([_count(own) for own in copies])[:-1])
    return [
        _with_copies(opinion, prediction, own, part)
        for opinion, own, part in zip(opinions, copies, parts, strict=True)
    ]


def _count(copies: Copies) -> int:
    return len(copies.chosen) * len(copies.crops)


def _with_copies(opinion: Opinion, told: Prediction, copies: Copies, logits: np.ndarray) -> Opinion:
    """The same calibration and the same mean over time, for the frames that were copied."""
    by_delivery = dict(zip(copies.crops, np.split(logits, len(copies.crops)), strict=True))
    probability = opinion.card.calibration.probability
    said = OfCopies(
        itself=probability(robust_mean(opinion.logits[list(copies.chosen)])),
        copies={name: probability(robust_mean(own)) for name, own in by_delivery.items()},
        logits={name: tuple(own.tolist()) for name, own in by_delivery.items()},
    )
    spent = told.elsewhere * len(logits) / len(told.logits)
    return replace(opinion, copies=said, elsewhere=opinion.elsewhere + spent)


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
