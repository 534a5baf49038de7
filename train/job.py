"""One training run as a value that travels: to a process, to a cluster, into a search.

It says which recipe, on what crops, with which engine, within which budget; `carry_out` does
it, in this process or in each of several that formed a `jax.distributed` group.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from clarity.detectors import parameters as flat
from clarity.errors import ClarityError
from train.provenance import note_session
from train.recipe import Network, Phase, Report, shortened
from train.search import chosen

Engine = Literal["keras", "jax"]

FIGURES = "figures.jsonl"
"""Every report of a run, a line each, in its folder."""


class RecipeUnknown(ClarityError):
    status = 404
    code = "recipe-unknown"
    hint = "Recipes are the modules of train/recipes."


class PhaseUnknown(ClarityError):
    status = 404
    code = "phase-unknown"


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds for a short run: of steps a phase, of pixels, of crops a batch; 0 for none."""

    steps: int = 0
    size: int = 0
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A run.

    Attributes:
        recipe: module of train/recipes.
        crops: folder of the prepared set.
        runs: folder of all runs; `name` is this one's in it. The same name resumes.
        engine: "jax" (`train.spmd`) or "keras" (`train.loop`), see docs/decisions/0006.
        phase: only this one; empty for all.
        start: initial parameters; by default the recipe's.
        choices: numbers of the phases that replace the recipe's (`train.search`).
        judged: validation faces that reports measure AUC on, with the JAX engine; 0 for none.
        imagenet: start from the weights that the recipe names IMAGENET.
        last_steps: budget of the recipe's last phase alone; 0 for its own.
    """

    recipe: str
    crops: Path
    runs: Path
    name: str
    engine: Engine
    seed: int = 1
    budget: Budget = field(default_factory=Budget)
    phase: str = ""
    start: Path | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    judged: int = 0
    held_out: frozenset[str] = frozenset()
    imagenet: bool = False
    last_steps: int = 0

    @property
    def folder(self) -> Path:
        return self.runs / self.name


def plan_of(recipe: str) -> ModuleType:
    """The module of a recipe.

    Raises:
        RecipeUnknown: there is none of that name.
    """
    try:
        return import_module(f"train.recipes.{recipe}")
    except ModuleNotFoundError as error:
        raise RecipeUnknown(f"There is no recipe {recipe!r}.") from error


def phases_of(job: Job) -> list[Phase]:
    """The phases as the job wants them.

    Raises:
        RecipeUnknown, PhaseUnknown, ChoiceUnknown: as they say.
    """
    known = plan_of(job.recipe).PHASES
    if job.last_steps:
        known = shortened(known, job.last_steps)
    phases = [phase for phase in known if job.phase in ("", phase.name)]
    if not phases:
        names = ", ".join(phase.name for phase in known)
        raise PhaseUnknown(f"{job.recipe} has no phase {job.phase!r}", hint=f"It has {names}.")
    return [within(chosen(phase, job.choices), job.budget) for phase in phases]


def within(phase: Phase, budget: Budget) -> Phase:
    """The phase with every number held to the budget."""
    schedule, batches = phase.schedule, phase.batches
    if budget.steps and budget.steps < schedule.steps:
        every = max(1, budget.steps // 4)
        schedule = replace(
            schedule,
            steps=budget.steps,
            warmup=min(schedule.warmup, budget.steps // 4),
            report_every=min(schedule.report_every, every),
            save_every=min(schedule.save_every, every),
        )
    size = min(budget.size or phase.input_size, phase.input_size)
    batches = replace(
        batches,
        size=min(budget.batch or batches.size, batches.size),
        input_size=min(budget.size or batches.input_size, batches.input_size),
    )
    return replace(phase, schedule=schedule, batches=batches, input_size=size)


def begin(job: Job) -> None:
    """What one process does before all of them `carry_out`: note the session, and start JAX's."""
    note_session(
        job.folder,
        job.recipe,
        seed=job.seed,
        held_out=sorted(job.held_out),
        imagenet=job.imagenet,
    )
    if job.engine == "jax" and job.start is None:
        from train.spmd import phases

        phases.begin(_network(job), phases_of(job), job.folder, seed=job.seed)


def carry_out(job: Job, *, report: Report = lambda phase, figures: None) -> Path:
    """Train, from where the run stopped on.

    Returns:
        The parameters of the last phase.
    """
    return _with_jax(job, report) if job.engine == "jax" else _with_keras(job, report)


def noted(job: Job, report: Report) -> Report:
    """The same report, which is also written to the run's `FIGURES`."""
    began = time.time()

    def note(phase: str, figures: Mapping[str, float]) -> None:
        job.folder.mkdir(parents=True, exist_ok=True)
        line = {"phase": phase, "seconds": round(time.time() - began, 1), **figures}
        with (job.folder / FIGURES).open("a") as file:
            file.write(json.dumps(line) + "\n")
        report(phase, figures)

    return note


def _with_keras(job: Job, report: Report) -> Path:
    from train.crops import load_crops
    from train.recipe import run
    from train.teaching import teacher_of

    plan, network = plan_of(job.recipe), _network(job)
    if job.start:
        values, load = flat.read(job.start), network.load_parameters
        network = replace(network, start=lambda model, folder: load(model, values))
    return run(
        network,
        phases_of(job),
        load_crops(job.crops),
        folder=job.folder,
        seed=job.seed,
        held_out=job.held_out,
        teacher=teacher_of(plan.TEACHER, job.runs) if plan.TEACHER else None,
        report=report,
    )


def _with_jax(job: Job, report: Report) -> Path:
    from train.crops import load_crops
    from train.spmd.phases import lesson_of, run
    from train.spmd.validation import ValidationAuc

    crops, network = load_crops(job.crops), _network(job)
    return run(
        network,
        phases_of(job),
        crops,
        folder=job.folder,
        seed=job.seed,
        start=job.start,
        held_out=job.held_out,
        teacher=lesson_of(plan_of(job.recipe), job.runs),
        report=report,
        evaluate=lambda phase: (
            ValidationAuc(network.detector, network.spec(phase.input_size), crops, job.judged)
            if job.judged
            else lambda parameters: ()
        ),
    )


def _network(job: Job) -> Network:
    plan = plan_of(job.recipe)
    network: Network = plan.IMAGENET if job.imagenet else plan.NETWORK
    return network
