"""A detector as the Adversarial Robustness Toolbox sees it: two classes, inputs in [0, 1].

Gradients come from the Flax network that the JAX runtime serves, in float32.
"""

from collections.abc import Callable
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from art.estimators import BaseEstimator, LossGradientsMixin, NeuralNetworkMixin
from art.estimators.classification.classifier import ClassifierMixin
from flax import nnx

from clarity.detectors import parameters, registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.artefact import PARAMETERS_FILE, Release
from clarity.detectors.card import Card

Logits = Callable[[jax.Array], jax.Array]
"""Normalised images (N, s, s, 3) -> logits (N,), differentiable."""

BATCH = 16
"""Every call to the network has this many images, so that XLA compiles once."""


class JaxEstimator(LossGradientsMixin, ClassifierMixin, NeuralNetworkMixin, BaseEstimator):
    """Answers with log-odds (N, 2) of real and fake, calibrated so that 0 is a probability of 0.5.

    The guard of loud scores is left out: it changes neither order nor sign, only gradients.
    """

    estimator_params = BaseEstimator.estimator_params

    def __init__(self, card: Card, logits: Logits) -> None:
        super().__init__(model=None, clip_values=(0.0, 1.0), channels_first=False)
        self.card = card
        spec, calibration = card.input, card.calibration

        def odds(images: jax.Array) -> jax.Array:
            normalised = (images * 255 - spec.mean) / spec.std
            return calibration.slope * logits(normalised) + calibration.offset

        def loss(images: jax.Array, fake: jax.Array) -> jax.Array:
            # summed: the gradient of an image must not depend on how many there are
            return jnp.sum(jnp.logaddexp(0, odds(images)) - fake * odds(images))

        self._odds = jax.jit(odds)
        self._gradient = jax.jit(jax.grad(loss))
        self._side = spec.size
        self.nb_classes = 2

    @classmethod
    def of_release(cls, release: Release) -> Self:
        """Load a release's parameters.

        Raises:
            ReleaseMissing, ReleaseDamaged: the file is not that of the card.
        """
        (path,) = release.verified(PARAMETERS_FILE)
        network = registry.network(release.card.name)
        graph, state = nnx.split(flax_parameters.restore(network, parameters.read(path)))
        return cls(release.card, lambda images: nnx.merge(graph, state)(images)[0])

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self._side, self._side, 3)

    def odds(self, x: np.ndarray) -> np.ndarray:
        """Calibrated log-odds of being fake, float32 (N,), of images in [0, 1] (N, s, s, 3)."""
        return _in_batches(self._odds, x)

    def predict(self, x: np.ndarray, batch_size: int = BATCH, **kwargs: Any) -> np.ndarray:  # noqa: ARG002
        z = self.odds(x)
        return np.stack([-z, z], axis=1) / 2

    def loss_gradient(self, x: np.ndarray, y: np.ndarray, **kwargs: Any) -> np.ndarray:  # noqa: ARG002
        """Gradient of the cross entropy in the images; `y` is one-hot (N, 2)."""
        return _in_batches(self._gradient, x, y[:, 1])

    def fit(self, x: np.ndarray, y: np.ndarray, **kwargs: Any) -> None:
        raise NotImplementedError("a release is not trained")

    def get_activations(self, x: np.ndarray, layer: Any, batch_size: int, **kwargs: Any) -> Any:
        raise NotImplementedError("no attack here asks for activations")


def _in_batches(function: Any, *arrays: np.ndarray) -> np.ndarray:
    """Apply to `BATCH` rows at a time; the last batch is filled up and cut again."""
    count = len(arrays[0])
    answers = []
    for start in range(0, count, BATCH):
        rows = [array[start : start + BATCH].astype(np.float32) for array in arrays]
        missing = BATCH - len(rows[0])
        filled = [np.concatenate([row, np.repeat(row[-1:], missing, axis=0)]) for row in rows]
        answers.append(np.asarray(function(*filled)))
    return np.concatenate(answers)[:count]
