"""A recipe carried out by the JAX engine, in one process or in each of several.

    run(plan.NETWORK, plan.PHASES, crops, folder=var/runs/NAME, seed=1)

The counterpart of `train.recipe.run`, which steps the Keras twin. Runs of both lie alike, so
that `python -m train release` takes either.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import jax

from clarity.detectors import parameters as flat
from train.batches import BatchSource
from train.crops import CropSet
from train.recipe import Network, Phase, Report, seen
from train.spmd.distil import Lesson
from train.spmd.loop import Evaluate, train
from train.spmd.network import FlaxNetwork

if TYPE_CHECKING:
    from types import ModuleType

START = "start.safetensors"
"""Initial parameters, in a run's folder."""

Teacher = Callable[[int], Lesson]
"""Input size of the batches -> the lesson of a student."""


def run(
    network: Network,
    phases: list[Phase],
    crops: CropSet,
    *,
    folder: Path,
    seed: int,
    start: Path | None = None,
    held_out: frozenset[str] = frozenset(),
    teacher: Teacher | None = None,
    report: Report = lambda phase, figures: None,
    evaluate: Callable[[Phase], Evaluate] = lambda phase: lambda parameters: (),
) -> Path:
    """Carry out the phases one after the other, from the last finished one on.

    Several processes call this alike, after `jax.distributed.initialize` and with a folder
    that all of them see; without a `start`, `begin` must have been called in one of them before.

    Args:
        folder: checkpoints, figures and `<phase>.safetensors` go here.
        start: initial parameters; by default those that `begin` wrote.
        held_out: sources that training must not see (leave-one-source-out).
        teacher: of a student.
        evaluate: phase -> what its reports measure besides the loss.

    Returns:
        The parameters of the last phase.
    """
    share = (jax.process_index(), jax.process_count())
    results = _results(phases, folder)
    finished = finished_phases(phases, folder)
    values = flat.read(results[finished - 1] if finished else start or folder / START)
    for number, phase in list(enumerate(phases))[finished:]:
        lesson = teacher(phase.batches.input_size) if teacher else None
        values = train(
            FlaxNetwork(network.detector, taps=taps(network) if lesson else ()),
            values,
            BatchSource(
                crops,
                phase.batches,
                indices=seen(crops, held_out),
                seed=seed + number,
                share=share,
            ),
            phase.schedule,
            spec=network.spec(phase.input_size),
            folder=folder / phase.name,
            lesson=lesson,
            report=partial(report, phase.name),
            evaluate=evaluate(phase),
        )
        if share[0] == 0:
            write_whole(values, results[number])
    return results[-1]


def begin(network: Network, phases: list[Phase], folder: Path, *, seed: int) -> None:
    """Write the initial parameters of a new run; one that has some, or a result, keeps them.

    They come from the recipe through the Keras twin, which needs TensorFlow.
    """
    if (folder / START).is_file() or finished_phases(phases, folder):
        return
    import keras
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")  # its memory is for JAX
    keras.utils.set_random_seed(seed)
    twin = network.build(phases[0].input_size)
    network.start(twin, folder.parent / "weights")
    write_whole(network.parameters(twin), folder / START)


def finished_phases(phases: list[Phase], folder: Path) -> int:
    """How many of them need not be carried out any more."""
    results = enumerate(_results(phases, folder), start=1)
    return max((number for number, result in results if result.is_file()), default=0)


def _results(phases: list[Phase], folder: Path) -> list[Path]:
    return [folder / f"{phase.name}.safetensors" for phase in phases]


def lesson_of(plan: "ModuleType", runs: Path) -> Teacher | None:
    """The trained teacher of a recipe that has one.

    Raises:
        TeacherMissing: it was not trained yet.
    """
    if not plan.TEACHER:
        return None
    from importlib import import_module

    from train.teaching import trained

    teacher = import_module(f"train.recipes.{plan.TEACHER}")
    values = flat.read(trained(plan.TEACHER, runs))
    return lambda size: Lesson(
        FlaxNetwork(teacher.NETWORK.detector, taps=taps(teacher.NETWORK)),
        values,
        teacher.NETWORK.spec(size),
    )


def taps(network: Network) -> tuple[str, ...]:
    """Flax modules with the inputs of the layers `hints_at`: `block3_expand` is in `block3`."""
    return tuple(layer.partition("_")[0] for layer in network.hints_at)


def write_whole(values: flat.Parameters, path: Path) -> None:
    """Write parameters so that a reader finds all of them or no file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    flat.write(values, draft)
    draft.replace(path)
