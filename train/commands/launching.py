"""`python -m train launch` and `tune`, recipes on a Ray cluster; `throughput` of a machine."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from train.commands.console import console
from train.commands.options import CROPS, RUNS, CropsOption

if TYPE_CHECKING:
    from train.job import Engine
    from train.launch import Accelerator
    from train.tune import Found


RecipeArgument = Annotated[str, typer.Argument(help="A module of train/recipes.")]
RunsOption = Annotated[Path, typer.Option(help="Folder of runs; every machine sees it.")]
NameOption = Annotated[str | None, typer.Option(help="Run name; the same name resumes.")]
StartOption = Annotated[Path | None, typer.Option(help="Initial parameters, .safetensors.")]
GpuOption = Annotated[bool, typer.Option("--gpu", help="Workers with GPUs, one a machine.")]
TpuOption = Annotated[bool, typer.Option("--tpu", help="Workers with TPUs, one a host.")]
EachOption = Annotated[int, typer.Option(help="GPUs of a worker.", min=1)]
KindOption = Annotated[str, typer.Option(help="Accelerator as Ray names it: TPU-V6E.")]
EngineOption = Annotated[str, typer.Option(help="keras: one process on CPUs; jax: anything.")]
StepsOption = Annotated[int, typer.Option(help="At most so many of each phase; 0: all.", min=0)]
SizeOption = Annotated[int, typer.Option(help="Input in pixels, at most; 0: the recipe's.", min=0)]
BatchOption = Annotated[int, typer.Option(help="Crops a batch, at most; 0: the recipe's.", min=0)]


def launch(
    recipe: RecipeArgument,
    workers: Annotated[int, typer.Option(help="Processes; 0: this one.", min=0)] = 1,
    gpu: GpuOption = False,
    tpu: TpuOption = False,
    each: EachOption = 1,
    kind: KindOption = "",
    topology: Annotated[str, typer.Option(help="Of a TPU slice: 4x4.")] = "",
    failures: Annotated[int, typer.Option(help="Dead workers replaced.", min=0)] = 3,
    engine: EngineOption = "jax",
    crops: CropsOption = CROPS,
    runs: RunsOption = RUNS,
    name: NameOption = None,
    phase: Annotated[str, typer.Option(help="Only this one.")] = "",
    start: StartOption = None,
    seed: int = 1,
    steps: StepsOption = 0,
    size: SizeOption = 0,
    batch: BatchOption = 0,
) -> None:
    """Train on the processes of a Ray cluster; a killed worker or driver costs little."""
    from data.cluster import cluster
    from train.job import Budget, Job
    from train.launch import Workers
    from train.launch import launch as start_workers

    job = Job(
        recipe=recipe,
        crops=crops.absolute(),
        runs=runs.absolute(),
        name=name or recipe,
        engine=engine_of(engine),
        seed=seed,
        phase=phase,
        start=start.absolute() if start else None,
        budget=Budget(steps, size, batch),
    )
    where = Workers(workers, _accelerator(gpu, tpu), each, kind, topology, failures)
    with cluster(cpus=workers + 1, show=True):
        console.print(f"parameters: {start_workers(job, where)}")


def on(
    host: Annotated[str, typer.Argument(help="As ssh takes it: user@host.")],
    recipe: RecipeArgument,
    name: NameOption = None,
    crops: CropsOption = CROPS,
    runs: RunsOption = RUNS,
    start: Annotated[
        list[str] | None, typer.Option(help="Another run to take along, such as a teacher's.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Budget of the last phase; 0: its own.", min=0)] = 0,
    seed: int = 1,
    every: Annotated[float, typer.Option(help="Seconds between two visits.", min=1)] = 300,
    timed: Annotated[bool, typer.Option(help="Time every network's training step first.")] = True,
    shell: Annotated[str, typer.Option(help="The command that reaches it.")] = "ssh",
) -> None:
    """Train on a machine that ssh reaches, such as one with a GPU, and bring the weights back."""
    from train import elsewhere

    machine = elsewhere.Machine(host, tuple(shlex.split(shell)))
    options = ["--seed", str(seed), *(["--steps", str(steps)] if steps else [])]
    order = elsewhere.Order(recipe, name or recipe, crops, runs, start or (), options)
    elsewhere.prepare(machine, order, say=console.print)
    if timed:
        console.print(elsewhere.time_steps(machine), highlight=False)
    console.print(f"run: {elsewhere.train_there(machine, order, every=every, say=console.print)}")


def tune(
    recipe: RecipeArgument,
    trials: Annotated[int, typer.Option(help="The first is the recipe as it is.", min=2)] = 6,
    steps: Annotated[int, typer.Option(help="Budget of a trial.", min=4)] = 200,
    size: SizeOption = 0,
    batch: BatchOption = 0,
    faces: Annotated[int, typer.Option(help="Validation faces judged on.", min=10)] = 600,
    phase: Annotated[str, typer.Option(help="Of the recipe; default: its last.")] = "",
    start: StartOption = None,
    workers: Annotated[int, typer.Option(help="Of a trial; 0: the trial's own.", min=0)] = 0,
    gpu: GpuOption = False,
    tpu: TpuOption = False,
    each: EachOption = 1,
    kind: KindOption = "",
    at_once: Annotated[int, typer.Option(help="Trials side by side.", min=1)] = 1,
    crops: CropsOption = CROPS,
    runs: RunsOption = RUNS,
    name: NameOption = None,
    seed: int = 1,
) -> None:
    """Search the numbers that a recipe leaves open, on a small budget."""
    from data.cluster import cluster
    from train.job import Budget, Job, plan_of
    from train.launch import Workers
    from train.tune import tune as search

    job = Job(
        recipe=recipe,
        crops=crops.absolute(),
        runs=runs.absolute(),
        name=name or f"tune-{recipe}",
        engine="jax",
        seed=seed,
        phase=phase or plan_of(recipe).PHASES[-1].name,
        start=start.absolute() if start else None,
        budget=Budget(steps, size, batch),
        judged=faces,
    )
    where = Workers(workers, _accelerator(gpu, tpu), each, kind)
    with cluster(cpus=at_once * (workers + 1)):
        found = search(job, trials=trials, at_once=at_once, workers=where)
    console.print(_trials(found))
    console.print(f"python -m train release {recipe}={job.name} --manifest CSV")


def throughput(
    size: Annotated[int, typer.Option(help="Input in pixels.", min=32)] = 224,
    batch: Annotated[int, typer.Option(help="Crops a step, over all devices.", min=2)] = 128,
    steps: Annotated[int, typer.Option(help="Timed.", min=1)] = 20,
    detector: Annotated[list[str] | None, typer.Option(help="Default: all.")] = None,
) -> None:
    """Time a training step of each architecture on the accelerator that JAX finds, as JSON."""
    from dataclasses import asdict

    from train.spmd.throughput import throughput as measure

    for found in measure(size=size, batch=batch, steps=steps, detectors=detector or ()):
        print(json.dumps(asdict(found)), flush=True)


def engine_of(name: str) -> "Engine":
    """The engine that an option names (docs/decisions/0006)."""
    if name == "jax":
        return "jax"
    if name == "keras":
        return "keras"
    raise typer.BadParameter("The engines are jax and keras.")


def _accelerator(gpu: bool, tpu: bool) -> "Accelerator":
    if gpu and tpu:
        raise typer.BadParameter("Choose --gpu or --tpu.")
    return "gpu" if gpu else "tpu" if tpu else ""


def _trials(found: "Found") -> Table:
    names = list(found.trials[0].choices)
    table = Table("", *names, "reports", "AUC", title="Trials on the same budget")
    for trial in found.trials:
        mark = "best" if trial is found.best else "recipe" if trial is found.trials[0] else ""
        values = (f"{trial.choices[name]:.4g}" for name in names)
        table.add_row(mark, *values, str(trial.reports), f"{trial.auc:.4f}")
    return table
