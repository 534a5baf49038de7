"""A detector whose crops go through a transformation first; see `clarity.defences`."""

import numpy as np

from clarity.defences.transformations import TRANSFORMATIONS, UnknownTransformation, transformed
from clarity.detectors.contract import Detector, Prediction


class Transformed:
    """Same contract; `name` is one of `TRANSFORMATIONS`.

    Raises:
        UnknownTransformation: it is not, which is told when the release is loaded.
    """

    def __init__(self, detector: Detector, name: str) -> None:
        if name not in TRANSFORMATIONS:
            raise UnknownTransformation(f"There is no transformation called {name!r}.")
        self.card = detector.card
        self._detector, self._name = detector, name

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`."""
        return self._detector.predict(transformed(crops, self._name))
