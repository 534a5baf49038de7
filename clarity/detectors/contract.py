"""The one contract that every detector and every runtime keeps."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clarity.detectors.card import Card
from clarity.evidence.messages import Circumstances

CROP_SIZE = 224
"""Side in pixels of the aligned face crop that all detectors share."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a detector says of a batch of face crops.

    Attributes:
        logits: float32, shape (N,), uncalibrated log-odds; higher always means faker.
            `Card.calibration` turns them into probabilities.
        maps: float32, shape (N, h, w), class activation maps: the contribution of each
            cell of the last feature map to the logit (their mean plus the bias is the logit).
        elsewhere: processor seconds that it took in another process than the caller's.
        ran_on: of that other process; absent when it was the caller's own.
    """

    logits: np.ndarray
    maps: np.ndarray
    elsewhere: float = 0.0
    ran_on: Circumstances | None = None


class Detector(Protocol):
    """A detector ready to run. Obtain one with `clarity.detectors.registry.load`."""

    card: Card

    def predict(self, crops: np.ndarray) -> Prediction:
        """Judge aligned face crops: uint8 RGB, shape (N, 224, 224, 3), N at least 1.

        A detector whose card sees "motion" takes measures instead, float32 (N, measures), and
        its maps are the parts (N, 1, parts) that the logit is the mean of.

        The same crop gives the same bits whatever else is in the batch.
        """
        ...
