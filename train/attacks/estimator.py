"""A detector as the Adversarial Robustness Toolbox sees it: two classes, inputs in [0, 1].

`JaxEstimator` is what an attacker has who knows the weights: gradients of the Flax network, in
float32. `AskedEstimator` is what an attacker has who can only ask: the answers of the detector
that is served, to pictures of whole grey levels.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from art.estimators import BaseEstimator, LossGradientsMixin, NeuralNetworkMixin
from art.estimators.classification.classifier import ClassifierMixin
from flax import nnx

from clarity.defences.transformations import transformed
from clarity.detectors import parameters, registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.artefact import PARAMETERS_FILE, Release
from clarity.detectors.card import Card, InputSpec
from clarity.detectors.contract import Detector
from clarity.detectors.views import middle

Logits = Callable[[jax.Array], jax.Array]
"""Normalised images (N, s, s, 3) -> logits (N,), differentiable."""

Odds = Callable[[np.ndarray], np.ndarray]
"""Pictures uint8 (N, s, s, 3) -> calibrated log-odds of being fake, (N,)."""

BATCH = 16
"""Every call to the network has this many images, so that XLA compiles once."""


class _Estimator(ClassifierMixin, NeuralNetworkMixin, BaseEstimator):
    """Answers with log-odds (N, 2) of real and fake, so that 0 is a probability of 0.5."""

    estimator_params = BaseEstimator.estimator_params

    def __init__(self, side: int) -> None:
        super().__init__(model=None, clip_values=(0.0, 1.0), channels_first=False)
        self._side = side
        self.nb_classes = 2

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self._side, self._side, 3)

    def odds(self, x: np.ndarray) -> np.ndarray:
        """Calibrated log-odds of being fake, (N,), of images in [0, 1] (N, s, s, 3)."""
        raise NotImplementedError

    def predict(self, x: np.ndarray, batch_size: int = BATCH, **kwargs: Any) -> np.ndarray:  # noqa: ARG002
        z = self.odds(x)
        return np.stack([-z, z], axis=1) / 2

    def fit(self, x: np.ndarray, y: np.ndarray, **kwargs: Any) -> None:
        raise NotImplementedError("a release is not trained")

    def get_activations(self, x: np.ndarray, layer: Any, batch_size: int, **kwargs: Any) -> Any:
        raise NotImplementedError("no attack here asks for activations")


class JaxEstimator(LossGradientsMixin, _Estimator):
    """Knows the network, and takes the views that the release takes.

    The guard of loud scores is left out: it changes neither order nor sign, only gradients.

    Attributes:
        behind: transformation that the attacker knows to stand before the network. It goes
            forward; the gradient is passed straight through it (Athalye et al. 2018, BPDA).
    """

    def __init__(self, card: Card, logits: Logits) -> None:
        super().__init__(card.input.size)
        self.card = card
        self.behind = ""
        spec, calibration = card.input, card.calibration

        def odds(images: jax.Array) -> jax.Array:
            # one network for all views: several would take as many times as long to compile
            views = jnp.concatenate(list(_views(images, spec)))
            answers = logits((views * 255 - spec.mean) / spec.std)
            answers = answers.reshape(-1, len(images)).mean(axis=0)
            return calibration.slope * answers + calibration.offset

        def loss(images: jax.Array, fake: jax.Array) -> jax.Array:
            # summed: the gradient of an image must not depend on how many there are
            z = odds(images)
            return jnp.sum(jnp.logaddexp(0, z) - fake * z)

        self._odds = jax.jit(odds)
        self._gradient = jax.jit(jax.grad(loss))

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

    def odds(self, x: np.ndarray) -> np.ndarray:
        """See `_Estimator.odds`; float32."""
        return _in_batches(self._odds, x)

    def loss_gradient(self, x: np.ndarray, y: np.ndarray, **kwargs: Any) -> np.ndarray:  # noqa: ARG002
        """Gradient of the cross entropy in the images; `y` is one-hot (N, 2)."""
        if self.behind:
            x = transformed(as_pictures(x), self.behind) / np.float32(255)
        return _in_batches(self._gradient, x, y[:, 1])


def _views(images: jax.Array, spec: InputSpec) -> Iterator[jax.Array]:
    """As `clarity.detectors.views.views`, all of one size, for gradients to go through."""
    for framing in spec.framings:
        kept = middle(images.shape[1], framing)
        view = images[:, kept, kept]
        if view.shape != images.shape:
            view = jax.image.resize(view, images.shape, "linear")
        yield view
        if spec.mirrored:
            yield view[:, :, ::-1]


class AskedEstimator(_Estimator):
    """Knows answers alone, and remembers them: an attack asks most of its pictures thrice."""

    def __init__(self, side: int, ask: Odds) -> None:
        super().__init__(side)
        self._ask = ask
        self._known: dict[bytes, float] = {}

    def odds(self, x: np.ndarray) -> np.ndarray:
        """See `_Estimator.odds`; float64."""
        pictures = as_pictures(x)
        names = [sha256(picture.tobytes()).digest() for picture in pictures]
        new = {name: place for place, name in enumerate(names) if name not in self._known}
        if new:
            answers = self._ask(pictures[list(new.values())])
            self._known |= zip(new, answers.tolist(), strict=True)
        return np.array([self._known[name] for name in names])


def as_pictures(images: np.ndarray) -> np.ndarray:
    """What reaches a service: images in [0, 1] as whole grey levels, uint8."""
    return np.clip(np.rint(images * 255), 0, 255).astype(np.uint8)


def served_odds(detector: Detector) -> Odds:
    """The answers of a loaded detector as calibrated log-odds, in which 1 - 1e-9 is not 1."""

    def odds(pictures: np.ndarray) -> np.ndarray:
        return detector.card.calibration.log_odds(detector.predict(pictures).logits)

    return odds


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
