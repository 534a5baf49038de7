import jax
import numpy as np
import pytest
from flax import nnx

from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.card import InputSpec
from tests.unit.train.spmd import tiny
from train.batches import PLACES, Batch

SPEC = InputSpec(size=32, mean=127.5, std=127.5)


class MadeUp:
    """Batches of noise, forged ones darker, the same for the same step."""

    def __init__(self, size: int, side: int = 32) -> None:
        self._size, self._side = size, side

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng(step)
        pixels = rng.integers(0, 256, (self._size, self._side, self._side, 3), np.uint8)
        labels = np.tile([0, 1], self._size // 2).astype(np.float32)
        pixels[1::2] //= 2
        places = np.zeros((self._size, PLACES, PLACES), np.float32)
        places[1::2, :8, 8:16] = 1.0
        return Batch(pixels, labels, places)

    def stream(self, first_step: int):
        while True:
            yield self.batch(first_step)
            first_step += 1


@pytest.fixture(autouse=True, scope="module")
def hasty():
    """XLA spends far longer on making these programs fast than they run."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """`tiny` and `tiny_normed` are detectors for the length of a test."""
    for name, network in (("tiny", "Tiny"), ("tiny_normed", "TinyNormed")):
        where = registry.Entry(network=f"{tiny.__name__}:{network}", twin="")
        monkeypatch.setitem(registry.ARCHITECTURES, name, where)
        monkeypatch.setitem(registry.DETECTORS, name, name)


@pytest.fixture
def start():
    """Initial parameters of a detector."""

    def of(detector: str):
        return flax_parameters.parameters(registry.network(detector)(rngs=nnx.Rngs(0)))

    return of
