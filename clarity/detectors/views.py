"""A face is judged in several views: in a mirror too, and framed more and less tightly.

Averaging views takes part of the chance out of an answer (test-time augmentation; Krizhevsky et
al. 2012, section 4.1). Which views a release takes is on its card; what they are worth is in
docs/decisions/0005 and 0016.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from clarity.detectors.card import InputSpec
from clarity.detectors.contract import Detector, Prediction


class Views:
    """A detector that looks several times; same contract, as many times the time."""

    def __init__(self, detector: Detector) -> None:
        self.card = detector.card
        self._detector = detector

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`; maps of all views are brought into place before the mean."""
        told = [self._framed(crops, framing) for framing in self.card.input.framings]
        return Prediction(
            np.mean([one.logits for one in told], axis=0),
            np.mean([one.maps for one in told], axis=0),
            elsewhere=sum(one.elsewhere for one in told),
            ran_on=told[0].ran_on,
        )

    def _framed(self, crops: np.ndarray, framing: float) -> Prediction:
        view = framed(crops, framing)
        if not self.card.input.mirrored:
            told = self._detector.predict(view)
            return replace(told, maps=in_place(told.maps, framing))
        both = self._detector.predict(np.concatenate([view, view[:, :, ::-1]]))
        logits, mirrored_logits = np.split(both.logits, 2)
        maps, mirrored_maps = np.split(both.maps, 2)
        return Prediction(
            (logits + mirrored_logits) / 2,
            in_place((maps + mirrored_maps[:, :, ::-1]) / 2, framing),
            both.elsewhere,
            both.ran_on,
        )


def views(crops: np.ndarray, spec: InputSpec) -> Iterator[np.ndarray]:
    """Every view of some crops, uint8 (N, side, side, 3); tighter ones are smaller."""
    for framing in spec.framings:
        view = framed(crops, framing)
        yield view
        if spec.mirrored:
            yield view[:, :, ::-1]


def framed(crops: np.ndarray, framing: float) -> np.ndarray:
    """The middle of crops (N, side, side, 3), `framing` of their side in both directions."""
    kept = middle(crops.shape[1], framing)
    return crops[:, kept, kept]


def middle(side: int, framing: float) -> slice:
    """The middle of so many pixels; as much is left out at either end, for mirrors' sake."""
    rim = round(side * (1 - framing) / 2)
    return slice(rim, side - rim)


def in_place(maps: np.ndarray, framing: float) -> np.ndarray:
    """Maps of a view as maps of the whole crop, float32 (N, h, w); beyond it its rim goes on."""
    if framing == 1.0:
        return maps
    rows, columns = (_reading(cells, framing) for cells in maps.shape[1:])
    # plainly summed: the bits of a map depend on no other in the batch
    return np.einsum("ij,njk,lk->nil", rows, maps, columns)


def _reading(cells: int, framing: float) -> np.ndarray:
    """(cells, cells): how far each cell of a view is read for each cell of the crop."""
    middles = (np.arange(cells) + 0.5) / cells
    places = np.clip(((middles - 0.5) / framing + 0.5) * cells - 0.5, 0, cells - 1)
    near = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(cells)))
    return near.astype(np.float32)
