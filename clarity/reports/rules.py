"""Pure decisions of the reporting service."""

import hashlib
import json
from collections.abc import Mapping

from clarity.detectors.card import Card


def panel_digest(cards: Mapping[str, Card]) -> str:
    """SHA-256 in hex of which releases make up a panel, whatever their order.

    Two panels share it exactly when every detector has the same name, release, calibration
    and file digests, that is, when they must give the same report.
    """
    facts = {
        name: [card.release, card.calibration.model_dump(), card.digests]
        for name, card in cards.items()
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
