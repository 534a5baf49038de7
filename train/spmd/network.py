"""A Flax network as a pure function of flat parameters, in the precision of the hardware."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from clarity.detectors import parameters as flat
from clarity.detectors import registry
from clarity.detectors.architectures.flax_parameters import flat_name
from clarity.errors import ClarityError

Arrays = dict[str, jax.Array]
"""By flat name, such as `block1_expand.kernel`."""


class NetworkUnfit(ClarityError):
    code = "network-unfit"
    hint = "Networks that train here hold nnx.Param and nnx.BatchStat only; take others out."


@dataclass(frozen=True)
class Answer:
    """Logits [N] and maps [N, h, w] float32, features at the taps, BatchNorm statistics after."""

    logits: jax.Array
    cells: jax.Array
    features: list[jax.Array]
    statistics: Arrays


class FlaxNetwork:
    """`network(trained, statistics, images)` of a detector in the registry.

    Attributes:
        trained, statistics: shapes of both groups of parameters by flat name.
    """

    def __init__(self, detector: str, *, taps: tuple[str, ...] = ()) -> None:
        """Shapes only; nothing is drawn.

        Args:
            detector: name in `clarity.detectors.registry`.
            taps: modules such as `block3` whose inputs `Answer.features` shall hold.

        Raises:
            UnknownDetector: no such name.
            NetworkUnfit: no name, or it has state that the loop would not carry along.
        """
        if not detector:
            raise NetworkUnfit(
                "The recipe's network has no Flax form yet.",
                hint="Train it with `--engine keras`, or name its `detector` in the recipe.",
            )
        model = nnx.eval_shape(lambda: registry.network(detector)(rngs=nnx.Rngs(0)))
        self._taps = taps
        parts: Any = nnx.split(model, nnx.Param, nnx.BatchStat, ...)
        self._graph, trained, statistics, rest = parts
        other = list(nnx.to_flat_state(rest))
        if other:
            raise NetworkUnfit(f"{detector} has state besides parameters: {other}")
        self._trained, self._statistics = _by_name(trained), _by_name(statistics)
        self._exact = {"head", *(name.rpartition(".")[0] for name in self._statistics)}
        self.trained = {name: tuple(v.shape) for name, (_, v) in self._trained.items()}
        self.statistics = {name: tuple(v.shape) for name, (_, v) in self._statistics.items()}

    def grouped(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters as (trained, statistics).

        Raises:
            ParameterMismatch: naming every name and shape that does not fit.
        """
        flat.check(values, self.trained | self.statistics)
        return (
            {name: values[name] for name in self.trained},
            {name: values[name] for name in self.statistics},
        )

    def __call__(
        self,
        trained: Arrays,
        statistics: Arrays,
        images: jax.Array,
        *,
        training: bool,
        dtype: Any = jnp.float32,
    ) -> Answer:
        """Args:
        trained, statistics: float32 by flat name.
        images: float32 (N, size, size, 3), normalised.
        training: whether norms use the batch and move their statistics.
        dtype: of products; the head, norms and losses stay in float32.
        """
        model: Any = nnx.merge(
            self._graph,
            _state(self._trained, {n: self._lowered(n, v, dtype) for n, v in trained.items()}),
            _state(self._statistics, statistics),
        )
        # norms reckon in float32 and hand on what products take
        model.set_attributes(nnx.BatchNorm, raise_if_not_found=False, dtype=dtype)
        if training:
            model.train()
        else:
            model.eval()
        features: list[jax.Array] = []
        for name in self._taps:
            setattr(model, name, _Tap(getattr(model, name), features))
        logits, cells = model(images.astype(dtype))
        for name in self._taps:
            setattr(model, name, getattr(model, name).inner)
        after = {n: v[...] for n, (_, v) in _by_name(nnx.state(model, nnx.BatchStat)).items()}
        return Answer(logits.astype(jnp.float32), cells.astype(jnp.float32), features, after)

    def _lowered(self, name: str, value: jax.Array, dtype: Any) -> jax.Array:
        module = name.rpartition(".")[0]
        return value if module in self._exact else value.astype(dtype)


class _Tap(nnx.Module):
    """Stands in for a module during one pass and keeps what it is given."""

    def __init__(self, inner: nnx.Module, record: list[jax.Array]) -> None:
        self.inner = inner
        self._keep = record.append

    def __call__(self, x: jax.Array) -> Any:
        self._keep(x)
        return self.inner(x)  # type: ignore[operator]


def _by_name(state: Any) -> dict[str, tuple[tuple[Any, ...], Any]]:
    return {flat_name(path): (path, variable) for path, variable in nnx.to_flat_state(state)}


def _state(places: Mapping[str, tuple[tuple[Any, ...], Any]], values: Arrays) -> Any:
    return nnx.from_flat_state(
        {path: variable.replace(values[name]) for name, (path, variable) in places.items()}
    )
