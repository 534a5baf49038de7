"""`python -m train`: fit a recipe, release it, evaluate it, tell what it costs."""

import json
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from clarity.errors import ClarityError
from train.commands import launching, releases, reproduce

if TYPE_CHECKING:
    from clarity.cost.bill import Line, Load

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(launching.launch)
app.command()(launching.tune)
app.command()(launching.throughput)
console = Console()
app.command()(releases.promote)
app.command()(releases.rollback)
app.command(name="releases")(releases.list_releases)
app.command()(reproduce.reproduce)

RUNS = Path("var/runs")
CROPS = Path("var/prepared/pool")
CANDIDATES = Path("var/candidates")

ManifestOption = Annotated[Path, typer.Option(help="CSV in the pool's format.")]
CropsOption = Annotated[Path, typer.Option(help="Set that `python -m data prepare` wrote.")]
ReleaseOption = Annotated[str | None, typer.Option(help="A release; default: the deployed one.")]


@app.command()
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


@app.command()
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

    plan = import_module(f"train.recipes.{recipe}")
    chosen = next((known for known in plan.PHASES if known.name == phase), None)
    if chosen is None:
        raise ClarityError(
            f"{recipe} has no phase {phase!r}",
            hint=f"Its phases: {', '.join(known.name for known in plan.PHASES)}.",
        )
    source = release_folder(detector or plan.DESCRIPTION.name, release) / PARAMETERS_FILE
    console.print(f"adopted {take(source, chosen, RUNS / recipe)}")
    note_adoption(RUNS / recipe, recipe, source.parent.name)


@app.command()
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


@app.command()
def evaluate(
    manifest: ManifestOption,
    split: Annotated[str | None, typer.Option(help="Only this split.")] = None,
    release: ReleaseOption = None,
    detector: Annotated[str | None, typer.Option(help="One alone; default: the panel.")] = None,
    out: Annotated[Path | None, typer.Option("--json", help="Write everything here.")] = None,
    workers: int = 2,
    degraded: Annotated[
        int, typer.Option(help="Also at every level of degradation, about so many items.", min=0)
    ] = 0,
) -> None:
    """Measure a release on a manifest through the path that serving takes."""
    quiet()
    from data.manifest import read_manifest
    from train.evaluate import evaluate as measure
    from train.figures.degraded import evaluate_levels, stratified

    items = read_manifest(manifest, split=split)
    with Progress(console=console) as bar:
        task = bar.add_task("scans", total=None)
        result = measure(
            items,
            detector=detector,
            release=release,
            workers=workers,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if degraded:
        levels = evaluate_levels(
            stratified(items, degraded),
            lambda sample: (
                measure(sample, detector=detector, release=release, workers=workers).items
            ),
        )
        result = replace(result, degraded=levels)
    console.print(_table(f"{result.detector} {result.release}", {"overall": result.overall}))
    console.print(_table("manipulation", result.manipulation))
    console.print(_table("source", result.source))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result.document(), indent=1))


@app.command()
def report(
    evaluation: Annotated[Path, typer.Argument(help="JSON that `evaluate --json` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("var/report"),
    draws: Annotated[int, typer.Option(help="Bootstrap samples of an interval.", min=50)] = 400,
) -> None:
    """Write the report of an evaluation: Markdown, plots, and every figure as JSON."""
    from clarity.detectors import registry
    from clarity.detectors.artefact import ReleaseMissing
    from train.evaluate import Evaluation
    from train.figures.markdown import write_report
    from train.figures.measure import measure

    result = Evaluation.read(evaluation)
    card = None
    with suppress(registry.UnknownDetector, ReleaseMissing):
        # a panel has no single calibration, and the release may be elsewhere
        card = registry.card(result.detector, result.release)
    console.print(f"{write_report(measure(result, card=card, draws=draws), out)}")


@app.command()
def attack(
    crops: CropsOption = CROPS,
    faces: Annotated[int, typer.Option(help="Validation faces, half of them fake.", min=4)] = 32,
    detector: Annotated[str | None, typer.Option(help="Default: the first deployed.")] = None,
    release: ReleaseOption = None,
    epsilon: Annotated[list[int] | None, typer.Option(help="Grey levels; may be repeated.")] = None,
    aware: Annotated[bool, typer.Option(help="Attackers who know each defence, too.")] = False,
) -> None:
    """Attack a release with FGSM, PGD and queries alone; measure it with and without defences."""
    quiet()
    from clarity.detectors import artefact, registry
    from train.attacks.estimator import JaxEstimator, served_odds
    from train.attacks.table import EPSILONS, attack_table
    from train.attacks.table import faces as chosen
    from train.crops import load_crops

    name = detector or registry.deployed()[0]
    folder = registry.release_folder(name, release)
    estimator = JaxEstimator.of_release(artefact.read(folder))
    views, labels = chosen(load_crops(crops), faces)
    table = Table("attack", "epsilon", "defence", "AUC", "accuracy", title=f"{name} {folder.name}")
    served = served_odds(registry.load_folder(folder))
    lines = attack_table(
        estimator, served, views, labels, epsilons=epsilon or EPSILONS, aware=aware
    )
    for line in lines:
        figures = (f"{line.auc:.3f}", f"{line.accuracy:.3f}")
        table.add_row(line.attack, f"{line.epsilon}/255", line.defence, *figures)
    console.print(table)


@app.command()
def release(
    recipe: Annotated[str, typer.Argument(help="A finished run of a recipe.")],
    manifest: ManifestOption,
    crops: CropsOption = CROPS,
    name: Annotated[str | None, typer.Option(help="Run name.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of candidates.")] = CANDIDATES,
) -> None:
    """Export, calibrate and measure a finished run: a candidate for `promote`."""
    quiet()
    from data.manifest import read_manifest
    from train.crops import load_crops
    from train.evaluate import evaluate as measure
    from train.provenance import items_digest
    from train.release import finish, make_release
    from train.sources import POOL

    plan = import_module(f"train.recipes.{recipe}")
    phase = plan.PHASES[-1]
    folder = make_release(
        plan.DESCRIPTION,
        plan.NETWORK,
        plan.PHASES,
        RUNS / (name or recipe) / f"{phase.name}.safetensors",
        load_crops(crops),
        sources=POOL,
        root=out,
    )
    console.print(f"exported {folder}; measuring it on the validation split")
    items = read_manifest(manifest, split="validation")
    result = measure(items, detector=plan.DESCRIPTION.name, release=folder.name, root=out)
    console.print(_table(f"{result.detector} {result.release}", {"overall": result.overall}))
    finish(folder, result.figures(), items=items_digest(items))
    console.print(f"next: python -m train promote {folder} --manifest {manifest}")


@app.command()
def compare(
    networks: Annotated[
        list[str], typer.Argument(help="Recipes, RECIPE=RUN or RECIPE=RUN:PHASE, finished.")
    ],
    crops: CropsOption = CROPS,
) -> None:
    """Trained parameters side by side and together, on the validation split, before a release."""
    quiet()
    from train.compare import Trained
    from train.compare import compare as measure
    from train.crops import load_crops

    table = measure([Trained.named(name, RUNS) for name in networks], load_crops(crops))
    kinds = sorted(table[0].manipulation)
    shown = Table("what", "all", *kinds, "real Suspicious", "real Fake", "fakes called Real")
    for row in table:
        figures = [row.auc, *(row.manipulation[kind] for kind in kinds)]
        figures += [row.real_suspicious, row.real_fake, row.missed]
        shown.add_row(row.name, *(f"{figure:.3f}" for figure in figures))
    console.print(shown)


@app.command()
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
        console.print(_table("left out", rows))


@app.command()
def cost(
    scans: Annotated[float, typer.Option(help="New items a day.", min=0)] = 1000,
    video: Annotated[float, typer.Option(help="Part of them that are videos.", max=1)] = 0.2,
    days: Annotated[float, typer.Option(help="How long media are kept.", min=0)] = 30,
    gpu: Annotated[bool, typer.Option(help="Detectors on a GPU machine all month.")] = False,
    training: Annotated[float, typer.Option(help="Hours on one A100 a month.", min=0)] = 0,
) -> None:
    """Estimate a month's bill and emissions in Zurich from the load."""
    from clarity.carbon.places import place
    from clarity.cost.bill import Load, monthly_bill, monthly_kwh
    from clarity.cost.prices import DATED

    load = Load(
        scans_a_day=scans,
        video_share=video,
        retention_days=days,
        gpu=gpu,
        training_gpu_hours=training,
    )
    console.print(_bill(load, monthly_bill(load)))
    where = place("europe-west6")
    kwh = monthly_kwh(load, where)
    console.print(
        f"At most {kwh:,.0f} kWh and {kwh * where.kg_per_kwh:,.1f} kg CO2e in {where.where}: every "
        f"started processor counted as busy.\nPrices of {DATED} and before; they change. "
        "Lines marked * are derived (clarity/cost/prices.py)."
    )


def _bill(load: "Load", lines: "Sequence[Line]") -> Table:
    from clarity.cost.prices import DERIVED

    total = sum(line.usd for line in lines)
    table = Table(title="Google Cloud, europe-west6, one month", show_footer=True)
    table.add_column("", "total")
    table.add_column("amount", justify="right")
    table.add_column("of")
    table.add_column("USD", f"{total:,.2f}", justify="right")
    for line in lines:
        mark = " *" if line.source == DERIVED else ""
        table.add_row(line.item + mark, f"{line.amount:,.1f}", line.unit, f"{line.usd:,.2f}")
    if load.scans_a_month:
        table.caption = f"{total / load.scans_a_month * 1000:,.2f} USD for a thousand scans"
    return table


@app.command()
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


@app.command()
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
        progress=lambda so_far: _write(out, as_markdown(so_far)),
    )
    console.print(as_markdown(found), markup=False)


@app.command()
def forge(
    out: Annotated[Path, typer.Option(help="PNG to write.")],
    crops: Annotated[
        Path | None, typer.Option(help="Folder of crops; default: a public-domain portrait.")
    ] = None,
    seed: int = 4,
    tile: Annotated[int, typer.Option(help="Side of each picture, pixels.")] = 128,
) -> None:
    """A contact sheet of every forgery with its mask."""
    from clarity.forgery.sheet import contact_sheet
    from train.shown_faces import portrait, two_reals, write_png

    face, other = two_reals(crops, seed) if crops else (portrait(), None)
    write_png(out, contact_sheet(face, other=other, seed=seed, tile=tile))
    console.print(f"written to {out}")


def _table(title: str, rows: dict[str, dict[str, float]]) -> Table:
    columns = sorted({name for row in rows.values() for name in row})
    table = Table(title=title)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for name, row in rows.items():
        table.add_row(name, *(_figure(row.get(column)) for column in columns))
    return table


def _write(out: Path, text: str) -> None:
    out.write_text(text + "\n")


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def quiet() -> None:
    """Keep TensorFlow's and Orbax's chatter out of the figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("absl").setLevel(logging.WARNING)


def main() -> None:
    try:
        app()
    except ClarityError as error:
        console.print(f"[red]{error.message}[/red]\n{error.hint}")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
