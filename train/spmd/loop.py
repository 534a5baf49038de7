"""The training loop of accelerators: a plain function, no Ray, readable from top to bottom.

The same recipes, batches and schedules as the Keras loop (`train.loop`), and the same flat
parameters at the end. Every process of a run calls `train` with its own share of the batches.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from clarity.detectors import parameters as flat
from clarity.detectors.card import InputSpec
from train.batches import BatchSource
from train.checkpoint import latest_step, restore_step, save
from train.energy import EnergyAccount
from train.loop import Report, Schedule, TrainingDiverged
from train.spmd.devices import Devices, here
from train.spmd.distil import Lesson, first_bridge
from train.spmd.network import FlaxNetwork
from train.spmd.step import TrainingStep, make_optimizer

Evaluate = Callable[[flat.Parameters], Iterable[tuple[str, float]]]
"""Averaged parameters -> (name, value) of figures that go into the report."""


def train(
    network: FlaxNetwork,
    start: flat.Parameters,
    batches: BatchSource,
    schedule: Schedule,
    *,
    spec: InputSpec,
    folder: Path,
    lesson: Lesson | None = None,
    report: Report = lambda figures: None,
    evaluate: Evaluate = lambda parameters: (),
) -> flat.Parameters:
    """Train from `start` on; a run that was stopped goes on from its last checkpoint.

    Args:
        network: tapped where the lesson's teacher is.
        start: its parameters by flat name, the same in every process.
        batches: this process's share of each batch.
        spec: the network's input.
        folder: of checkpoints; all processes see the same.
        report: told of the figures by every process alike.
        evaluate: asked by the first process at each report.

    Returns:
        The averaged parameters, the same in every process.

    Raises:
        TrainingDiverged: at the first loss or change of the parameters that is not finite, with
            the window of steps; such parameters are never saved.
        BatchIndivisible: a batch does not divide among devices and accumulated parts.
    """
    devices = Devices()
    step = TrainingStep(
        network, make_optimizer(schedule), schedule, spec, dtype=devices.precision, lesson=lesson
    )
    state, taught = _first(step, start, devices)
    first = devices.agreed(latest_step(folder))
    if first:
        state = restore_step(folder, first, like=_described(state))
    stepped = jax.jit(step, donate_argnums=0, out_shardings=devices.whole)
    window = _Window(EnergyAccount(folder, process=jax.process_index()))
    with closing(batches.stream(first)) as stream:
        for number, batch in zip(range(first + 1, schedule.steps + 1), stream, strict=False):
            fed = devices.feed(batch, parts=schedule.accumulate or 1)
            state, figures = stepped(state, taught, fed)
            window.add(number, figures, crops=fed.labels.size)
            reporting = number % schedule.report_every == 0
            saving = number % schedule.save_every == 0 or number == schedule.steps
            if reporting or saving:
                window.check()
            if reporting:
                taken = window.figures()
                asked = evaluate(_averaged(state)) if devices.first else ()
                report({**taken, **dict(asked)})
                window.begin()
            if saving:
                save(folder, number, state, settings=asdict(schedule), first=devices.first)
                window.energy.figures()  # written down with every checkpoint
    return _averaged(state)


class _Window:
    """The steps since the last report: their losses, their time, their energy."""

    def __init__(self, energy: EnergyAccount) -> None:
        self.energy = energy
        self._compiling: float | None = time.perf_counter()
        self.begin()

    def begin(self) -> None:
        """Forget the steps so far."""
        self._steps: list[jax.Array] = []
        self._began, self._untimed = time.perf_counter(), 0

    def add(self, number: int, figures: jax.Array, *, crops: int) -> None:
        """Remember a step; its loss is looked at later, so that devices need not wait."""
        self._last, self._crops = number, crops
        self._steps.append(figures)
        if self._compiling is not None:
            jax.block_until_ready(figures)
            self.compile_seconds = time.perf_counter() - self._compiling
            self._compiling = None
            self._began, self._untimed = time.perf_counter(), 1

    def check(self) -> None:
        """Raises:
        TrainingDiverged: a figure is not finite.
        """
        if not np.isfinite(self._values()).all():
            first = self._last - len(self._steps) + 1
            raise TrainingDiverged(f"loss or change not finite in steps {first}-{self._last}")

    def figures(self) -> dict[str, float]:
        """Means over the window; the first step's compilation apart."""
        values = self._values()
        timed = len(values) - self._untimed
        seconds = (time.perf_counter() - self._began) / timed if timed else self.compile_seconds
        return {
            "step": self._last,
            "loss": float(values[:, 0].mean()),
            "accuracy": float(values[:, 1].mean()),
            "hint": float(values[:, 2].mean()),
            "placed": float(values[:, 3].mean()),
            "change": float(values[:, 4].mean()),
            "seconds_a_step": seconds,
            "images_per_second": self._crops / seconds,
            "compile_seconds": self.compile_seconds,
            **self.energy.figures(),
        }

    def _values(self) -> np.ndarray:
        return np.array([np.asarray(one.addressable_data(0)) for one in self._steps])


def _first(
    step: TrainingStep, start: flat.Parameters, devices: Devices
) -> tuple[dict[str, Any], dict[str, jax.Array]]:
    """The first state, and the teacher's parameters, on all devices."""
    trained, statistics = step.network.grouped(start)
    if step.lesson:
        trained |= _bridge(step, step.lesson, trained, statistics)
    state = jax.jit(step.first, out_shardings=devices.whole)(
        devices.replicate(trained), devices.replicate(statistics)
    )
    return state, devices.replicate(step.lesson.values) if step.lesson else {}


def _bridge(
    step: TrainingStep, lesson: Lesson, trained: flat.Parameters, statistics: flat.Parameters
) -> flat.Parameters:
    """Sized by the feature maps of student and teacher."""
    taught = lesson.network.grouped(lesson.values)
    mine = _maps(step.network, (trained, statistics), step.spec)
    return first_bridge(mine, _maps(lesson.network, taught, lesson.input), seed=0)


def _maps(network: FlaxNetwork, parameters: Any, spec: InputSpec) -> list[jax.ShapeDtypeStruct]:
    """Shapes of the tapped feature maps, without computing any."""
    trained, statistics = parameters
    images = jax.ShapeDtypeStruct((1, spec.size, spec.size, 3), np.float32)
    return jax.eval_shape(
        lambda x: network(trained, statistics, x, training=False).features, images
    )


def _averaged(state: dict[str, Any]) -> flat.Parameters:
    average = {n: v for n, v in state["average"].items() if not n.startswith("bridge.")}
    return here({**average, **state["statistics"]})


def _described(state: dict[str, Any]) -> Any:
    """Shapes, types and devices of a state, for what is restored."""
    return jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding), state
    )
