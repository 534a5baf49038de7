"""Reading and writing the parameters of a Flax network by flat name."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import jax.numpy as jnp
import numpy as np
from flax import nnx

from clarity.detectors.parameters import Parameters, check

Network = TypeVar("Network", bound=nnx.Module)


def parameters(model: nnx.Module) -> Parameters:
    """All weights and BatchNorm statistics by flat name, float32 copies."""
    return {
        flat_name(path): np.array(variable[...], dtype=np.float32)
        for path, variable in _variables(model).items()
    }


def shapes(model: nnx.Module) -> dict[str, tuple[int, ...]]:
    """Shape of every parameter by flat name; the model may be abstract (`nnx.eval_shape`)."""
    return {flat_name(path): tuple(variable.shape) for path, variable in _variables(model).items()}


def load_parameters(model: nnx.Module, values: Mapping[str, np.ndarray]) -> None:
    """Assign all weights and BatchNorm statistics.

    Raises:
        ParameterMismatch: naming every name and shape that does not fit; nothing is assigned.
    """
    check(values, shapes(model))
    state = {
        path: variable.replace(jnp.asarray(values[flat_name(path)], dtype=jnp.float32))
        for path, variable in _variables(model).items()
    }
    nnx.update(model, nnx.from_flat_state(state))


def restore(network: Callable[..., Network], values: Mapping[str, np.ndarray]) -> Network:
    """A network in evaluation mode with the given parameters; nothing is drawn first.

    Args:
        network: a class such as `Xception`, called with `rngs`.
        values: its parameters by flat name.
    """
    model = nnx.eval_shape(lambda: network(rngs=nnx.Rngs(0)))
    load_parameters(model, values)
    model.eval()
    return model


def flat_name(path: tuple[Any, ...]) -> str:
    """`("block4", "sepconv2", "kernel")` -> `block4_sepconv2.kernel`, Keras' names."""
    *modules, leaf = map(str, path)
    return f"{'_'.join(modules)}.{leaf}"


def _variables(model: nnx.Module) -> dict[tuple[Any, ...], Any]:
    return dict(nnx.to_flat_state(nnx.state(model, (nnx.Param, nnx.BatchStat))))
