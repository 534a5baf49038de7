"""Parameters of a network as a flat mapping of names to arrays, in memory and on disk.

The names are those of the Keras layers, such as `block4_sepconv2.depthwise_kernel` or
`block4_sepconv2_bn.mean`, whatever framework holds the values. Needs numpy only.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from clarity.errors import ClarityError

Parameters = dict[str, np.ndarray]


class ParameterMismatch(ClarityError):
    """Parameters do not fit the network they were given to."""

    code = "parameter-mismatch"
    hint = "Use the parameters of the same architecture; the release's card names it."


def check(given: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Compare names and shapes with what a network expects.

    Raises:
        ParameterMismatch: naming every missing, unknown and misshapen parameter at once.
    """
    wrong = [f"missing {name}" for name in sorted(shapes.keys() - given.keys())]
    wrong += [f"unknown {name}" for name in sorted(given.keys() - shapes.keys())]
    wrong += [
        f"{name} has shape {given[name].shape}, expected {shapes[name]}"
        for name in sorted(shapes.keys() & given.keys())
        if tuple(given[name].shape) != tuple(shapes[name])
    ]
    if wrong:
        raise ParameterMismatch(f"{len(wrong)} parameters do not fit: " + "; ".join(wrong))


def compact(parameters: Mapping[str, np.ndarray]) -> Parameters:
    """Kernels rounded to float16, for half the size; vectors (biases, statistics) in float32.

    Raises:
        ValueError: if a value is not finite, or does not fit float16.
    """
    with np.errstate(over="ignore"):
        compacted = {
            name: array.astype(np.float32 if array.ndim < 2 else np.float16)
            for name, array in parameters.items()
        }
    bad = [name for name, array in compacted.items() if not np.isfinite(array).all()]
    if bad:
        raise ValueError(f"not finite: {', '.join(bad)}")
    return compacted


def write(parameters: Mapping[str, np.ndarray], path: Path) -> None:
    """Write `.safetensors` in the precision that the arrays have."""
    save_file({name: np.ascontiguousarray(a) for name, a in sorted(parameters.items())}, path)


def read(path: Path) -> Parameters:
    """Read `.safetensors` as float32, whatever the precision on disk."""
    return {name: array.astype(np.float32) for name, array in load_file(path).items()}
