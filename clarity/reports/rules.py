"""Pure decisions of the reporting service."""

import hashlib
import json
import re
from collections.abc import Mapping

from clarity.defences.answers import coarse
from clarity.detectors.card import Card
from clarity.reports.messages import (
    Delivery,
    DeliveryFacts,
    ModelOpinion,
    Person,
    Report,
    TimelinePoint,
)

SENTENCE_DIGITS = 2
"""Of a confidence in a sentence that gives a verdict's reason."""


def panel_digest(cards: Mapping[str, Card], *, deliveries: bool, cascade: bool) -> str:
    """SHA-256 in hex of which releases make up a panel, whatever their order.

    Two panels share it exactly when every detector has the same name, release, calibration
    and file digests, and both are shown copies or neither is, and both are asked one after
    another or neither is, that is, when they must give the same report.

    Args:
        cards: detector name -> card.
        deliveries: whether copies are judged too, as if the item were sent on.
        cascade: whether detectors are left unasked once they cannot change a label.
    """
    facts: dict[str, object] = {
        name: [card.release, card.calibration.model_dump(), card.digests]
        for name, card in cards.items()
    }
    if deliveries:  # without, the digest is that of the reports from before there were any
        facts[""] = "deliveries"
    if cascade:
        facts["in turn"] = True
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def coarse_report(report: Report, digits: int) -> Report:
    """The report with every confidence rounded, no label changed; see `clarity.defences.answers`.

    Args:
        report: as it is stored.
        digits: after the point.
    """
    return report.model_copy(
        update={
            "confidence": None if report.confidence is None else coarse(report.confidence, digits),
            "reason": _coarse_sentence(report.reason, digits),
            "opinions": [_coarse_opinion(opinion, digits) for opinion in report.opinions],
            "people": [_coarse_person(person, digits) for person in report.people],
        }
    )


def _coarse_sentence(sentence: str, digits: int) -> str:
    """With the confidences in it, which have two digits, rounded further where fewer are told."""
    if digits >= SENTENCE_DIGITS:
        return sentence
    return re.sub(r"\b[01]\.\d\d\b", lambda found: f"{coarse(float(found[0]), digits)}", sentence)


def _coarse_opinion(opinion: ModelOpinion, digits: int) -> ModelOpinion:
    if opinion.confidence is None:
        return opinion
    return opinion.model_copy(update={"confidence": coarse(opinion.confidence, digits)})


def _coarse_person(person: Person, digits: int) -> Person:
    timeline = [
        TimelinePoint(seconds=point.seconds, confidence=coarse(point.confidence, digits))
        for point in person.timeline
    ]
    opinions = [_coarse_opinion(opinion, digits) for opinion in person.opinions]
    delivery = None if person.delivery is None else _coarse_delivery(person.delivery, digits)
    return person.model_copy(
        update={"opinions": opinions, "timeline": timeline, "delivery": delivery}
    )


def _coarse_delivery(told: DeliveryFacts, digits: int) -> DeliveryFacts:
    itself = coarse(told.itself, digits)
    copies = [
        Delivery(name=copy.name, confidence=coarse(copy.confidence, digits)) for copy in told.copies
    ]
    confidences = [itself, *(copy.confidence for copy in copies)]
    spread = round(max(confidences) - min(confidences), digits)
    return told.model_copy(update={"itself": itself, "copies": copies, "spread": spread})
