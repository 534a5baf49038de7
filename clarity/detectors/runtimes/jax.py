"""Detectors on accelerators: the Flax network, jitted, in full float32."""

from importlib import import_module

import numpy as np

from clarity.detectors import parameters as parameter_files
from clarity.detectors.artefact import PARAMETERS_FILE, Release
from clarity.detectors.contract import Prediction
from clarity.detectors.preprocess import views_input


class JaxDetector:
    """A release's parameters in its Flax network behind the `Detector` contract."""

    def __init__(self, release: Release, *, network: str) -> None:
        """Verify and load the parameters.

        Args:
            release: its `parameters.safetensors` is compared with the card first.
            network: "module:Class" of the Flax network.

        Raises:
            ReleaseMissing, ReleaseDamaged: the file is not that of the card.
            ParameterMismatch: the parameters are another network's.
        """
        import jax
        from flax import nnx

        from clarity.detectors.architectures import flax_parameters

        self.card = release.card
        (path,) = release.verified(PARAMETERS_FILE)
        module, _, name = network.partition(":")
        model = flax_parameters.restore(
            getattr(import_module(module), name), parameter_files.read(path)
        )
        graph, state = nnx.split(model)
        self._state = jax.device_put(state)
        self._forward = jax.jit(lambda state, images: nnx.merge(graph, state)(images))

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`. One crop a call: XLA's bits depend on the batch's shape."""
        import jax

        images = views_input(crops, self.card)
        with jax.default_matmul_precision("highest"):
            outputs = [self._forward(self._state, image[None]) for image in images]
        logits, maps = zip(*jax.device_get(outputs), strict=True)
        return Prediction(np.concatenate(logits), np.concatenate(maps))
