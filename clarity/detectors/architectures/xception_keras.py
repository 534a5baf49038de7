"""Xception's Keras twin, built on `keras.applications.Xception`.

It gives ImageNet's initial weights where they can be downloaded, the parity test of the
Flax port, the bridge to OpenVINO, and a training engine for machines without accelerator.
Its parameters map one to one, both ways, onto `xception.Xception`:

    model = build(224)                    # outputs (logit [N], map [N, 7, 7])
    load_parameters(model, flat)          # from Flax or from `.safetensors`
    flat = parameters(model)              # and back
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity.detectors.architectures import keras_twin
from clarity.detectors.parameters import Parameters

if TYPE_CHECKING:
    import keras

_RESIDUALS = (
    "block2_residual",
    "block3_residual",
    "block4_residual",
    "block13_residual",
)


def build(input_size: int, weights: str | None = None) -> "keras.Model":
    """The network on float NHWC input that is already normalised to [-1, 1].

    Args:
        input_size: side of the input in pixels, at least 71.
        weights: None for a random start; "imagenet" downloads (once, about 80 MB, to
            `~/.keras/models`) the backbone's ImageNet weights; the head stays random.

    Returns:
        A model with outputs (logit [N], class activation map [N, h, w]).

    Raises:
        WeightsUnavailable: if ImageNet's weights cannot be had.
    """
    backbone = keras_twin.application("Xception", input_size, weights=weights)
    return keras_twin.with_head(backbone, "xception")


def parameters(model: "keras.Model") -> Parameters:
    """All weights and BatchNorm statistics by flat name, float32 copies."""
    return keras_twin.read_parameters(_variables(model))


def load_parameters(model: "keras.Model", values: Mapping[str, np.ndarray]) -> None:
    """Assign all weights and BatchNorm statistics.

    Raises:
        ParameterMismatch: naming every name and shape that does not fit; nothing is assigned.
    """
    keras_twin.assign_parameters(_variables(model), values)


def _variables(model: "keras.Model") -> dict[str, Any]:
    return keras_twin.variables(model, _aliases(model))


def _aliases(model: "keras.Model") -> dict[str, str]:
    """Names for the four residual convolutions, which Keras numbers by a global counter."""
    unnamed = [layer.name for layer in model.layers if not layer.name.startswith(("block", "head"))]
    convolutions = [name for name in unnamed if name.startswith("conv2d")]
    norms = [name for name in unnamed if name.startswith("batch_normalization")]
    aliases = dict(zip(convolutions, _RESIDUALS, strict=True))
    return aliases | dict(zip(norms, (f"{name}_bn" for name in _RESIDUALS), strict=True))
