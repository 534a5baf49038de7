"""What a recipe states, and how it is carried out on one machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clarity.detectors import parameters as flat
from clarity.detectors.card import InputSpec
from train.batches import BatchRecipe, BatchSource
from train.crops import CropSet
from train.distil import Teacher
from train.loop import Schedule, train

if TYPE_CHECKING:
    import keras

Report = Callable[[str, Mapping[str, float]], None]
"""Told of a phase's name and its figures."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of training at one resolution.

    Batches may be larger than the network's input: its teacher then sees more detail.
    """

    name: str
    batches: BatchRecipe
    schedule: Schedule
    input_size: int


@dataclass(frozen=True, slots=True)
class Network:
    """An architecture as recipes see it.

    Attributes:
        build: input size in pixels -> Keras model with outputs (logit, map).
        parameters: model -> flat parameters; `load_parameters` puts them back, at any size.
        start: fills a new model with initial weights, given the folder for downloads.
        mean, std: of its input.
        precision: Keras policy that measured fastest: "mixed_bfloat16" keeps parameters and
            norms in float32.
        mirrored: whether releases judge every view of a crop twice, as it is and mirrored.
        framings: of these views, in sides of the crop.
        hints_at: layers whose inputs are compared in distillation, of strides 4, 8, 16, 32.
        detector: name in `clarity.detectors.registry` of the Flax network, which the JAX engine
            trains; empty where there is none yet.
    """

    build: Callable[[int], "keras.Model"]
    parameters: Callable[["keras.Model"], flat.Parameters]
    load_parameters: Callable[["keras.Model", Mapping[str, np.ndarray]], None]
    start: Callable[["keras.Model", Path], None]
    mean: float
    std: float
    precision: str = "float32"
    mirrored: bool = False
    framings: tuple[float, ...] = (1.0,)
    hints_at: tuple[str, ...] = ("head",)
    detector: str = ""

    def spec(self, size: int) -> InputSpec:
        return InputSpec(
            size=size,
            mean=self.mean,
            std=self.std,
            mirrored=self.mirrored,
            framings=self.framings,
        )


def run(
    network: Network,
    phases: list[Phase],
    crops: CropSet,
    *,
    folder: Path,
    seed: int,
    held_out: frozenset[str] = frozenset(),
    teacher: Callable[[int], Teacher] | None = None,
    report: Report = lambda phase, figures: None,
) -> Path:
    """Carry out the phases one after the other, from the last finished one on.

    Args:
        folder: checkpoints, figures and `<phase>.safetensors` go here.
        held_out: sources that training must not see (leave-one-source-out).
        teacher: input size of the batches -> the teacher of a student.

    Returns:
        The parameters of the last phase.
    """
    import keras

    keras.mixed_precision.set_global_policy(network.precision)
    keras.utils.set_random_seed(seed)  # of the initial weights that no package brings
    results = [folder / f"{phase.name}.safetensors" for phase in phases]
    finished = max((n for n, result in enumerate(results, 1) if result.is_file()), default=0)
    for number, phase in list(enumerate(phases))[finished:]:
        model = network.build(phase.input_size)
        if number == 0:
            network.start(model, folder.parent / "weights")
        else:
            network.load_parameters(model, flat.read(results[number - 1]))
        train(
            model,
            BatchSource(crops, phase.batches, indices=seen(crops, held_out), seed=seed + number),
            phase.schedule,
            spec=network.spec(phase.input_size),
            folder=folder / phase.name,
            teacher=teacher(phase.batches.input_size) if teacher else None,
            hints_at=network.hints_at,
            report=partial(report, phase.name),
        )
        flat.write(network.parameters(model), results[number])
    return results[-1]


def phase_named(phases: Sequence[Phase], name: str) -> Phase | None:
    """The phase of that name; None where there is none."""
    return next((phase for phase in phases if phase.name == name), None)


def shortened(phases: Sequence[Phase], steps: int) -> list[Phase]:
    """The phases with another budget for the last one; its learning rate falls over all of it."""
    last = phases[-1]
    return [*phases[:-1], replace(last, schedule=replace(last.schedule, steps=steps))]


def adopt(parameters: Path, phase: Phase, folder: Path) -> Path:
    """Take released parameters for the result of a phase: a run goes on where another ended.

    Args:
        parameters: `.safetensors` of a release.
        phase: the last one that made it.
        folder: of the run that is to go on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / f"{phase.name}.safetensors"
    flat.write(flat.read(parameters), result)
    return result


def average(results: Sequence[Path], out: Path) -> Path:
    """Write the mean of parameters of one line of descent.

    Runs with one start end in one basin, whose middle generalises better than its rim (model
    soups, Wortsman et al. 2022, arXiv 2203.05482); so do a network and what fine-tuning made
    of it, which keeps what the one knew and the other learnt (WiSE-FT, arXiv 2109.01903).

    Args:
        results: `.safetensors` of runs or of phases, at least one.
        out: where the mean goes.

    Raises:
        ParameterMismatch: the runs are of different networks.
    """
    every = [flat.read(path) for path in results]
    for values in every[1:]:
        flat.check(values, {name: value.shape for name, value in every[0].items()})
    out.parent.mkdir(parents=True, exist_ok=True)
    flat.write(
        {name: np.mean([values[name] for values in every], axis=0) for name in every[0]}, out
    )
    return out


def seen(crops: CropSet, held_out: frozenset[str]) -> np.ndarray:
    """Indices of the crops that a run trains on."""
    train_split = crops.of_split("train")
    return np.array([i for i in train_split if crops.rows[i].source not in held_out])
