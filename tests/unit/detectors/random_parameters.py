"""Random parameters that let a signal through, for tests that compare networks."""

import math
from typing import TYPE_CHECKING

import numpy as np

from clarity.detectors.parameters import Parameters

if TYPE_CHECKING:
    from flax import nnx


def random_parameters(shapes: dict[str, tuple[int, ...]], *, seed: int = 0) -> Parameters:
    """Kernels that keep the variance of their input and uneven BatchNorm statistics.

    Frameworks' own initial values shrink the signal of a deep network in evaluation mode
    to a constant, on which any two networks would agree.
    """
    rng = np.random.default_rng(seed)
    return {
        name: _value(_kind(name), shape, rng).astype(np.float32)
        for name, shape in sorted(shapes.items())
    }


def drawn_for(network: "type[nnx.Module]", *, size: int = 96) -> Parameters:
    """Random parameters of a network, its BatchNorm statistics those of random pictures."""
    from flax import nnx

    from clarity.detectors.architectures import flax_parameters

    images = np.random.default_rng(0).uniform(-1, 1, (8, size, size, 3)).astype(np.float32)
    abstract = nnx.eval_shape(lambda: network(rngs=nnx.Rngs(0)))
    return settled(network, random_parameters(flax_parameters.shapes(abstract)), images)


def settled(network: "type[nnx.Module]", parameters: Parameters, images: np.ndarray) -> Parameters:
    """The parameters with BatchNorm's statistics those of a batch (N, size, size, 3).

    Very deep networks with other gates than ReLU fade or explode with random statistics.
    """
    from flax import nnx

    from clarity.detectors.architectures import flax_parameters

    if not any(name.endswith(".mean") for name in parameters):
        return parameters
    model = flax_parameters.restore(network, parameters)
    for _, module in nnx.iter_graph(model):
        if isinstance(module, nnx.BatchNorm):
            module.momentum = 0.0
    model.train()
    nnx.jit(lambda model, x: model(x))(model, images)
    return flax_parameters.parameters(model)


def _kind(name: str) -> str:
    module, _, leaf = name.rpartition(".")
    return (
        "depthwise_kernel"
        if module.endswith(("depthwise", "dwconv")) and leaf == "kernel"
        else leaf
    )


def _value(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    match kind:
        case "depthwise_kernel":
            return rng.normal(0, 1 / math.sqrt(math.prod(shape[:2])), shape)
        case "kernel" | "pointwise_kernel":
            return rng.normal(0, math.sqrt(2 / math.prod(shape[:-1])), shape)
        case "var":
            return rng.uniform(0.7, 1.5, shape)
        case "scale":
            return rng.uniform(0.5, 0.9, shape)
        case "mean" | "bias":
            return rng.normal(0, 0.1, shape)
    raise ValueError(f"unknown kind of parameter {kind}")
