"""`python -m train loso`, `baselines`, `worth`, `continual`: what carries over, what is lost."""

import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from train.commands.console import console, figures_table, quiet
from train.commands.options import CROPS, RUNS, CropsOption

if TYPE_CHECKING:
    from train.baselines.contest import Line
    from train.continual.matrix import Matrix


def loso(
    sources: Annotated[list[str], typer.Argument(help="Sources to leave out, one run each.")],
    recipe: str = "efficientnet_lite0",
    steps: Annotated[int, typer.Option(help="Budget of each run.")] = 400,
    crops: CropsOption = CROPS,
) -> None:
    """Leave one source out: train without it, measure on all of its faces."""
    quiet()
    from train.crops import load_crops
    from train.leave_one_out import leave_out

    plan = import_module(f"train.recipes.{recipe}")
    rows = {}
    for source in sources:
        rows[source] = leave_out(
            plan, load_crops(crops), source, steps=steps, folder=RUNS / f"without-{source}-{steps}"
        )
        console.print(figures_table("left out", rows))


def baselines(
    folds: Annotated[
        list[str],
        typer.Argument(
            help="Sources to leave out, one fold after another; a+b leaves out both at once."
        ),
    ],
    steps: Annotated[int, typer.Option(help="Of 32 crops, of every contender.", min=4)] = 1000,
    size: Annotated[int, typer.Option(help="Input in pixels, from 72.", min=72)] = 96,
    faces: Annotated[int, typer.Option(help="Crops a figure is measured on, at most.")] = 1500,
    seed: int = 1,
    crops: CropsOption = CROPS,
    out: Annotated[Path, typer.Option(help="The table, Markdown.")] = Path("var/baselines.md"),
) -> None:
    """The recipe beside MesoNet-4 and plain fine-tuning, on sources left out of training."""
    quiet()
    from train.baselines.contest import Limits, contest
    from train.baselines.table import as_markdown
    from train.crops import load_crops

    out.parent.mkdir(parents=True, exist_ok=True)

    def keep(lines: "Sequence[Line]") -> None:
        console.print(as_markdown(lines), markup=False, soft_wrap=True)
        out.write_text(as_markdown(lines) + "\n")

    contest(
        load_crops(crops),
        folds,
        limits=Limits(steps=steps, size=size, faces=faces, seed=seed),
        folder=RUNS / f"baselines-{steps}-{size}-{seed}",
        report=keep,
    )
    console.print(f"written to {out}")


def worth(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Sources to leave out, one after another; a+b leaves out both at once."
        ),
    ],
    recipe: str = "efficientnet_lite0",
    kinds: Annotated[
        str, typer.Option(help="Kinds of forgery or manipulations, separated by commas.")
    ] = "face_swap,reenactment,lip_sync,synthesis,attribute",
    steps: Annotated[int, typer.Option(help="Of each source's base.")] = 300,
    tune: Annotated[int, typer.Option(help="Of each fine-tune.")] = 80,
    size: Annotated[int, typer.Option(help="Input in pixels.")] = 96,
    share: Annotated[float, typer.Option(help="Part of the fakes that is forged.")] = 0.5,
    faces: Annotated[int, typer.Option(help="Crops measured on, at most.")] = 1500,
    seed: int = 1,
    crops: CropsOption = CROPS,
    out: Annotated[Path, typer.Option(help="The table, Markdown.")] = Path("var/worth.md"),
) -> None:
    """What each forgery is worth: AUC on sources left out, with it and without."""
    quiet()
    from train.crops import load_crops
    from train.worth import Budget, as_markdown
    from train.worth import worth as measure

    budget = Budget(steps=steps, tune=tune, size=size, share=share, faces=faces, seed=seed)
    figures = measure(
        import_module(f"train.recipes.{recipe}"),
        load_crops(crops),
        sources,
        rows=kinds.split(","),
        budget=budget,
        folder=RUNS / f"worth-{recipe}-{steps}-{tune}-{size}-{share}-{seed}",
        report=lambda figures: console.print(as_markdown(figures), markup=False),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(as_markdown(figures) + "\n")
    console.print(f"written to {out}")


def continual(
    tasks: Annotated[
        str, typer.Option(help="Manipulations, sources or families, in this order, with commas.")
    ] = "stargan,synthesis,yonsei,dfdc",
    methods: Annotated[
        str, typer.Option(help="Of train/continual/sequence.py, with commas.")
    ] = "fine-tuning,continual",
    recipe: str = "efficientnet_lite0",
    steps: Annotated[int, typer.Option(help="Of every later task.", min=1)] = 300,
    first: Annotated[int, typer.Option(help="Of the first task.", min=1)] = 300,
    size: Annotated[int, typer.Option(help="Input in pixels.", min=32)] = 96,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 2e-4,
    memory: Annotated[int, typer.Option(help="Crops kept of every task.", min=2)] = 100,
    faces: Annotated[int, typer.Option(help="Each task is measured on, at most.", min=2)] = 400,
    seed: int = 1,
    crops: CropsOption = CROPS,
    out: Annotated[Path, typer.Option(help="The tables, Markdown.")] = Path("var/continual.md"),
) -> None:
    """Learn tasks one after another; what is left of each after every later one."""
    quiet()
    from train.continual.matrix import as_markdown
    from train.continual.sequence import Budget, sequence
    from train.continual.tasks import task_of
    from train.crops import load_crops

    budget = Budget(
        steps=steps, first=first, size=size, rate=rate, memory=memory, faces=faces, seed=seed
    )
    loaded = load_crops(crops)
    began = time.perf_counter()
    out.parent.mkdir(parents=True, exist_ok=True)

    def keep(so_far: "Mapping[str, Matrix]") -> None:
        out.write_text(as_markdown(so_far) + "\n")

    found = sequence(
        import_module(f"train.recipes.{recipe}"),
        loaded,
        [task_of(loaded, name, faces=faces, seed=seed) for name in tasks.split(",")],
        methods=methods.split(","),
        budget=budget,
        folder=RUNS / f"continual-{recipe}-{tasks}-{budget.name}",
        report=lambda run, figures: console.print(
            f"[{time.perf_counter() - began:6.0f} s] {run} "
            + " ".join(f"{key} {value:.4g}" for key, value in figures.items())
        ),
        progress=keep,
    )
    console.print(as_markdown(found), markup=False)
