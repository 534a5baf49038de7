"""What a detector must do before it may judge anything: run once, sanely and repeatably."""

import numpy as np

from clarity.detectors.card import Card
from clarity.detectors.contract import CROP_SIZE, Detector
from clarity.errors import ClarityError


class SelfTestFailed(ClarityError):
    """A release that was just loaded does not behave like a detector."""

    status = 503
    code = "self-test-failed"
    hint = "Deploy another release; this one's files or runtime do not fit this machine."


def self_test(detector: Detector) -> None:
    """Judge two made-up crops (or measures of motion), alone and together.

    Raises:
        SelfTestFailed: wrong shapes, numbers that are not finite, or a crop's answer that
            depends on its neighbour in the batch.
    """
    crops = made_up_views(detector.card)
    together = detector.predict(crops)
    if together.logits.shape != (2,) or together.maps.ndim != 3 or len(together.maps) != 2:
        raise SelfTestFailed(f"{detector.card.release} gives answers of a wrong shape.")
    if not (np.isfinite(together.logits).all() and np.isfinite(together.maps).all()):
        raise SelfTestFailed(f"{detector.card.release} gives numbers that are not finite.")
    alone = detector.predict(crops[1:])
    if alone.logits[0] != together.logits[1]:
        raise SelfTestFailed(f"{detector.card.release} gives other bits in another batch.")


def made_up_views(card: Card) -> np.ndarray:
    """Two views of the kind that a detector judges."""
    rng = np.random.default_rng(0)
    if card.sees == "motion":
        return rng.standard_normal((2, card.input.size)).astype(np.float32)
    return rng.integers(0, 256, (2, CROP_SIZE, CROP_SIZE, 3), dtype=np.uint8)
