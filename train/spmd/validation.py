"""The figure that a search follows: AUC on some validation faces, at the serving framing."""

from collections.abc import Iterator

import jax
import numpy as np

from clarity import metrics
from clarity.detectors import parameters as flat
from clarity.detectors.card import InputSpec
from clarity.detectors.preprocess import network_input
from train.batches import serving_view
from train.crops import CropSet
from train.spmd.network import FlaxNetwork

BATCH = 50


class ValidationAuc:
    """Yields `validation_auc` of parameters; single faces, one view each, float32."""

    def __init__(self, detector: str, spec: InputSpec, crops: CropSet, faces: int) -> None:
        """Args:
        faces: about so many, half of them real, spread evenly over the validation split.
        """
        self._network, self._spec = FlaxNetwork(detector), spec
        chosen = _spread(crops, crops.of_split("validation"), faces)
        self._labels = crops.fake[chosen]
        self._views = np.stack([serving_view(crops.pixels[i], spec.size) for i in chosen])
        self._logits = jax.jit(
            lambda trained, statistics, images: (
                self._network(trained, statistics, images, training=False).logits
            )
        )

    def __call__(self, parameters: flat.Parameters) -> Iterator[tuple[str, float]]:
        trained, statistics = self._network.grouped(parameters)
        logits = [
            np.asarray(self._logits(trained, statistics, images)) for images in self._batches()
        ]
        scores = np.concatenate(logits)[: len(self._labels)]
        yield "validation_auc", metrics.auc(self._labels, scores)

    def _batches(self) -> Iterator[np.ndarray]:
        for begin in range(0, len(self._views), BATCH):
            views = self._views[begin : begin + BATCH]
            images = network_input(views, self._spec)
            # one shape only, so that XLA compiles once
            yield np.pad(images, [(0, BATCH - len(images)), (0, 0), (0, 0), (0, 0)])


def _spread(crops: CropSet, indices: np.ndarray, faces: int) -> np.ndarray:
    halves = []
    for label in (False, True):
        own = indices[crops.fake[indices] == label]
        count = min(len(own), max(1, faces // 2))
        halves.append(own[np.linspace(0, len(own) - 1, count).astype(int)])
    return np.concatenate(halves)
