"""A face and its mirror image are equally real: judge both and take the mean."""

import numpy as np

from clarity.detectors.contract import Detector, Prediction


class Mirrored:
    """A detector that looks twice; same contract, twice the time.

    Averaging the two views takes part of the chance out of an answer (test-time
    augmentation; Krizhevsky et al. 2012, section 4.1). What it is worth: docs/log.md.
    """

    def __init__(self, detector: Detector) -> None:
        self.card = detector.card
        self._detector = detector

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`; the mirror image's map is turned back before the mean."""
        both = self._detector.predict(np.concatenate([crops, crops[:, :, ::-1]]))
        logits, mirrored_logits = np.split(both.logits, 2)
        maps, mirrored_maps = np.split(both.maps, 2)
        return Prediction(
            (logits + mirrored_logits) / 2,
            (maps + mirrored_maps[:, :, ::-1]) / 2,
            elsewhere=both.elsewhere,
            ran_on=both.ran_on,
        )
