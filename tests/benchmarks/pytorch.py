"""A Keras twin as the same network in PyTorch: eager, channels last, every core, float32.

PyTorch is installed for the benchmark alone (`pip install torch`), so nothing of Clarity needs it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from clarity.detectors.artefact import Release
from clarity.detectors.contract import Prediction
from clarity.detectors.preprocess import network_input
from tests.benchmarks import twins

Step = Callable[..., Any]


class PyTorchDetector:
    """A release's parameters in PyTorch, the whole batch in one call."""

    def __init__(self, release: Release) -> None:
        self.card = release.card
        self._network = Network(twins.of_release(release))

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`."""
        logits, maps = self._network(network_input(crops, self.card.input))
        return Prediction(logits, maps)


class Network:
    """A functional Keras model of the layers that `_STEPS` knows, step by step.

    Raises:
        KeyError: it has another layer.
    """

    def __init__(self, model: Any) -> None:
        self._input, self._outputs = id(model.inputs[0]), [id(one) for one in model.outputs]
        self._steps: list[tuple[Step, list[int], list[int]]] = []
        for layer in model.layers:
            kind = type(layer).__name__
            if kind == "InputLayer":
                continue
            (node,) = layer._inbound_nodes[-1:]
            takes, gives = (
                [id(one) for one in tensors] for tensors in (node.input_tensors, node.outputs)
            )
            self._steps.append((_STEPS[kind](layer, node.input_tensors[0].shape), takes, gives))

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits and maps of normalised float32 images (N, size, size, 3)."""
        import torch

        with torch.inference_mode():
            # NHWC in memory is what PyTorch calls channels last
            values: dict[int, Any] = {self._input: torch.from_numpy(images).permute(0, 3, 1, 2)}
            for step, takes, gives in self._steps:
                done = step(*(values[one] for one in takes))
                values |= zip(gives, done if len(gives) > 1 else [done], strict=True)
        logits, maps = (values[one].numpy() for one in self._outputs)
        return logits, maps


def _weights(layer: Any) -> Mapping[str, Any]:
    import torch

    return {one.name: torch.from_numpy(np.array(one.numpy(), np.float32)) for one in layer.weights}


def _kernel(values: Any) -> Any:
    """(h, w, in, out) as PyTorch's (out, in, h, w), channels last."""
    import torch

    return values.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)


def _padding(shape: Sequence[int], kernel: Sequence[int], strides: Sequence[int]) -> list[int]:
    """(left, right, top, bottom) of TensorFlow's "same"."""
    sides = []
    for length, size, stride in zip(shape[1:3], kernel, strides, strict=True):
        total = max((-(-length // stride) - 1) * stride + size - length, 0)
        sides.append((total // 2, total - total // 2))
    (top, bottom), (left, right) = sides
    return [left, right, top, bottom]


def _padded(layer: Any, shape: Sequence[int], kernel: Sequence[int], *, value: float) -> Step:
    from torch.nn.functional import pad

    sides = _padding(shape, kernel, layer.strides) if layer.padding == "same" else []
    return lambda x: pad(x, sides, value=value) if any(sides) else x


def _activation(function: Any) -> Step:
    from torch.nn import functional

    named = {
        "linear": lambda x: x,
        "relu": functional.relu,
        "silu": functional.silu,
        "sigmoid": lambda x: x.sigmoid(),
    }
    return named[function.__name__]


def _convolution(layer: Any, shape: Sequence[int]) -> Step:
    from torch.nn.functional import conv2d

    weights = _weights(layer)
    kernel, bias = _kernel(weights["kernel"]), weights.get("bias")
    before = _padded(layer, shape, layer.kernel_size, value=0.0)
    after = _activation(layer.activation)
    return lambda x: after(conv2d(before(x), kernel, bias, layer.strides))


def _depthwise(layer: Any, shape: Sequence[int]) -> Step:
    from torch.nn.functional import conv2d

    weights = _weights(layer)
    kernel, bias = _kernel(weights["kernel"].permute(0, 1, 3, 2)), weights.get("bias")
    before = _padded(layer, shape, layer.kernel_size, value=0.0)
    return lambda x: conv2d(before(x), kernel, bias, layer.strides, groups=len(kernel))


def _separable(layer: Any, shape: Sequence[int]) -> Step:
    from torch.nn.functional import conv2d

    weights = _weights(layer)
    depthwise = _kernel(weights["depthwise_kernel"].permute(0, 1, 3, 2))
    pointwise = _kernel(weights["pointwise_kernel"])
    before = _padded(layer, shape, layer.kernel_size, value=0.0)
    return lambda x: conv2d(
        conv2d(before(x), depthwise, None, layer.strides, groups=len(depthwise)), pointwise
    )


def _normalisation(layer: Any, _: Sequence[int]) -> Step:
    from torch.nn.functional import batch_norm

    w = _weights(layer)
    mean, variance, scale, bias = (
        w[name] for name in ("moving_mean", "moving_variance", "gamma", "beta")
    )
    return lambda x: batch_norm(x, mean, variance, scale, bias, eps=layer.epsilon)


def _largest(layer: Any, shape: Sequence[int]) -> Step:
    from torch.nn.functional import max_pool2d

    before = _padded(layer, shape, layer.pool_size, value=float("-inf"))
    return lambda x: max_pool2d(before(x), layer.pool_size, layer.strides)


def _zeros(layer: Any, _: Sequence[int]) -> Step:
    from torch.nn.functional import pad

    (top, bottom), (left, right) = layer.padding
    return lambda x: pad(x, [left, right, top, bottom])


def _head(layer: Any, _: Sequence[int]) -> Step:
    weights = _weights(layer)

    def step(features: Any) -> tuple[Any, Any]:
        cells = (features.permute(0, 2, 3, 1) @ weights["kernel"])[..., 0]
        return cells.mean((1, 2)) + weights["bias"], cells

    return step


_STEPS: Mapping[str, Callable[[Any, Sequence[int]], Step]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "BatchNormalization": _normalisation,
    "MaxPooling2D": _largest,
    "ZeroPadding2D": _zeros,
    "ReLU": lambda layer, _: lambda x: x.clamp(0, layer.max_value),
    "Activation": lambda layer, _: _activation(layer.activation),
    "GlobalAveragePooling2D": lambda *_: lambda x: x.mean((2, 3), keepdim=True),
    "Reshape": lambda *_: lambda x: x,  # of squeezed channels, which were never flattened here
    "Multiply": lambda *_: lambda x, y: x * y,
    "Add": lambda *_: lambda x, y: x + y,
    "Dropout": lambda *_: lambda x: x,
    "ActivationMapHead": _head,
}
