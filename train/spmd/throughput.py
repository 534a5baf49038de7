"""Images a second of each architecture's training step on whatever JAX finds here.

    python -m train throughput --size 224 --batch 256      # one line of JSON an architecture

Random pixels and parameters, the step of the recipes: forward, backward, optimiser, average.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from flax import nnx

from clarity.detectors import registry
from clarity.detectors.architectures.flax_parameters import parameters
from clarity.detectors.card import InputSpec
from train.batches import PLACES, Batch
from train.loop import Schedule
from train.spmd.devices import Devices
from train.spmd.network import FlaxNetwork
from train.spmd.step import TrainingStep, make_optimizer


@dataclass(frozen=True, slots=True)
class Throughput:
    """Of one architecture; `precision` is that of its products."""

    detector: str
    device: str
    devices: int
    precision: str
    size: int
    batch: int
    images_per_second: float
    seconds_a_step: float
    compile_seconds: float


def throughput(
    *, size: int, batch: int, steps: int = 20, detectors: Sequence[str] = ()
) -> Iterator[Throughput]:
    """Measure one after the other.

    Args:
        size: of the input, pixels.
        batch: crops a step, over all devices.
        steps: timed, after one that compiles and one that warms up.
        detectors: names in the registry; all by default.
    """
    devices = Devices()
    for name in detectors or registry.names():
        first, step, feed = _prepared(name, devices, size=size, batch=batch)
        began = time.perf_counter()
        state, figures = jax.block_until_ready(step(first, {}, feed))
        compiled = time.perf_counter() - began
        state, figures = jax.block_until_ready(step(state, {}, feed))
        began = time.perf_counter()
        for _ in range(steps):
            state, figures = step(state, {}, feed)
        jax.block_until_ready(figures)
        seconds = (time.perf_counter() - began) / steps
        yield Throughput(
            detector=name,
            device=jax.devices()[0].device_kind,
            devices=devices.count,
            precision=np.dtype(devices.precision).name,
            size=size,
            batch=batch,
            images_per_second=round(batch / seconds, 1),
            seconds_a_step=round(seconds, 5),
            compile_seconds=round(compiled, 1),
        )


def _prepared(name: str, devices: Devices, *, size: int, batch: int) -> tuple[Any, Any, Any]:
    schedule = Schedule(steps=1000, peak_rate=1e-4)
    network = FlaxNetwork(name)
    step = TrainingStep(
        network,
        make_optimizer(schedule),
        schedule,
        InputSpec(size=size, mean=127.5, std=127.5),
        dtype=devices.precision,
    )
    trained, statistics = network.grouped(parameters(registry.network(name)(rngs=nnx.Rngs(0))))
    state = step.first(devices.replicate(trained), devices.replicate(statistics))
    rng = np.random.default_rng(0)
    made = Batch(
        rng.integers(0, 256, (batch, size, size, 3), np.uint8),
        np.tile([0, 1], batch // 2).astype(np.float32),
        np.zeros((batch, PLACES, PLACES), np.float32),
    )
    stepped = jax.jit(step, donate_argnums=0, out_shardings=devices.whole)
    return state, stepped, devices.feed(made, parts=1)
