"""`python -m train fit`, `adopt`, `average`, `release`: from a recipe to a candidate."""

import time
from importlib import import_module
from typing import Annotated

import typer

from clarity.errors import ClarityError
from train.commands import launching
from train.commands.console import console, figures_table, quiet
from train.commands.options import (
    CANDIDATES,
    CROPS,
    RUNS,
    CropsOption,
    ManifestOption,
    OutOption,
    ReleaseOption,
)


def fit(
    recipe: Annotated[str, typer.Argument(help="A module of train/recipes.")],
    crops: CropsOption = CROPS,
    name: Annotated[str | None, typer.Option(help="Run name; the same name resumes.")] = None,
    seed: int = 1,
    imagenet: Annotated[bool, typer.Option(help="Start from ImageNet (needs internet).")] = False,
    hold_out: Annotated[list[str] | None, typer.Option(help="Sources to leave out.")] = None,
    steps: Annotated[int | None, typer.Option(help="Budget of the last phase.", min=1)] = None,
    engine: launching.EngineOption = "keras",
) -> None:
    """Train a recipe in this process, without Ray; a stopped run goes on where it was."""
    quiet()
    from train.job import Job, begin, carry_out

    job = Job(
        recipe=recipe,
        crops=crops,
        runs=RUNS,
        name=name or recipe,
        engine=launching.engine_of(engine),
        seed=seed,
        held_out=frozenset(hold_out or ()),
        imagenet=imagenet,
        last_steps=steps or 0,
    )
    began = time.perf_counter()
    begin(job)
    result = carry_out(
        job,
        report=lambda phase, figures: console.print(
            f"[{time.perf_counter() - began:6.0f} s] {phase} "
            + " ".join(f"{key} {value:.4g}" for key, value in figures.items())
        ),
    )
    console.print(f"parameters: {result}")


def adopt(
    recipe: Annotated[str, typer.Argument(help="A module of train/recipes.")],
    phase: Annotated[str, typer.Argument(help="The phase that the release ended with.")],
    release: ReleaseOption = None,
    detector: Annotated[
        str | None, typer.Option(help="Whose release it is; default: the recipe's own detector.")
    ] = None,
) -> None:
    """Go on from a release: take its parameters for the result of a phase."""
    from clarity.detectors.artefact import PARAMETERS_FILE
    from clarity.detectors.registry import release_folder
    from train.provenance import note_adoption
    from train.recipe import adopt as take
    from train.recipe import phase_named

    plan = import_module(f"train.recipes.{recipe}")
    chosen = phase_named(plan.PHASES, phase)
    if chosen is None:
        raise ClarityError(
            f"{recipe} has no phase {phase!r}",
            hint=f"Its phases: {', '.join(known.name for known in plan.PHASES)}.",
        )
    source = release_folder(detector or plan.DESCRIPTION.name, release) / PARAMETERS_FILE
    console.print(f"adopted {take(source, chosen, RUNS / recipe)}")
    note_adoption(RUNS / recipe, recipe, source.parent.name)


def average(
    recipe: Annotated[str, typer.Argument(help="A module of train/recipes.")],
    results: Annotated[
        list[str], typer.Argument(help="Finished runs, or RUN:PHASE, of one line of descent.")
    ],
    name: Annotated[str, typer.Option(help="Name of the averaged run.")],
) -> None:
    """Average the weights of runs with one start, or of a run before and after a phase."""
    from train.energy import carry_over
    from train.provenance import note_average
    from train.recipe import average as mean

    last = import_module(f"train.recipes.{recipe}").PHASES[-1].name
    named = [result.partition(":") for result in results]
    parts = [(RUNS / run, phase or last) for run, _, phase in named]
    files = [run / f"{phase}.safetensors" for run, phase in parts]
    console.print(f"written {mean(files, RUNS / name / f'{last}.safetensors')}")
    note_average(RUNS / name, recipe, parts)
    carry_over((run for run, _ in parts), RUNS / name)


def release(
    runs: Annotated[
        list[str], typer.Argument(help="Finished: RECIPE, RECIPE=RUN or RECIPE=RUN:PHASE.")
    ],
    manifest: ManifestOption,
    crops: CropsOption = CROPS,
    out: OutOption = CANDIDATES,
    int8: Annotated[
        bool, typer.Option(help="Try int8 too; off where the processor lacks VNNI.")
    ] = True,
) -> None:
    """Export, calibrate and measure finished runs: candidates for `promote`.

    Several are measured in one pass over the items, which are decoded once for all of them. A
    candidate of the day that lies there already, for want of its figures, is measured only.
    """
    quiet()
    from data.manifest import read_manifest
    from train.compare import Trained
    from train.crops import load_crops
    from train.evaluate import evaluate_folders
    from train.provenance import items_digest
    from train.release import PRECISIONS, finish, make_release, release_name
    from train.sources import POOL

    loaded, folders = load_crops(crops), {}
    precisions = [one for one in PRECISIONS if int8 or one != "int8"]
    for run in [Trained.named(name, RUNS) for name in runs]:
        plan = run.plan
        folder = out / plan.DESCRIPTION.name / release_name(run.parameters)
        folders[run.name] = folder
        if folder.exists():
            console.print(f"{folder} was made before and stays as it is")
            continue
        make_release(
            plan.DESCRIPTION,
            plan.NETWORK,
            plan.PHASES[: plan.PHASES.index(run.phase) + 1],
            run.parameters,
            loaded,
            sources=POOL,
            root=out,
            release=folder.name,
            precisions=precisions,
        )
        console.print(f"exported {folder}")
    console.print("measuring on the validation split")
    items = read_manifest(manifest, split="validation")
    measured_on = items_digest(items)
    for name, result in evaluate_folders(items, folders).items():
        title = f"{result.detector} {result.release}"
        console.print(figures_table(title, {"overall": result.overall}))
        finish(folders[name], result.figures(), items=measured_on)
        console.print(f"next: python -m train promote {folders[name]} --manifest {manifest}")
