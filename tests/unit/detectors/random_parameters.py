"""Random parameters that let a signal through, for tests that compare networks."""

import math

import numpy as np

from clarity.detectors.parameters import Parameters


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


def _kind(name: str) -> str:
    module, _, leaf = name.rpartition(".")
    return "depthwise_kernel" if module.endswith("depthwise") and leaf == "kernel" else leaf


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
