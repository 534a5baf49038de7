"""`python -m train evaluate`, `report`, `compare`, `attack`, `pointing`: a network's worth."""

import json
from contextlib import suppress
from dataclasses import astuple, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from train.commands.console import console, figures_table, quiet
from train.commands.options import CROPS, RUNS, CropsOption, ManifestOption, ReleaseOption


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
    console.print(figures_table(f"{result.detector} {result.release}", {"overall": result.overall}))
    console.print(figures_table("manipulation", result.manipulation))
    console.print(figures_table("source", result.source))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result.document(), indent=1))


def report(
    evaluation: Annotated[Path, typer.Argument(help="JSON that `evaluate --json` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("var/report"),
    draws: Annotated[int, typer.Option(help="Bootstrap samples of an interval.", min=50)] = 400,
    attacks: Annotated[
        Path | None, typer.Option(help="JSON that `attack --json` wrote of the same release.")
    ] = None,
) -> None:
    """Write the report of an evaluation: Markdown, plots, and every figure as JSON."""
    from clarity.detectors import registry
    from clarity.detectors.artefact import ReleaseMissing
    from train.attacks import lines
    from train.evaluate import Evaluation
    from train.figures.markdown import write_report
    from train.figures.measure import measure

    result = Evaluation.read(evaluation)
    card = None
    with suppress(registry.UnknownDetector, ReleaseMissing):
        # a panel has no single calibration, and the release may be elsewhere
        card = registry.card(result.detector, result.release)
    attacked = lines.read(attacks) if attacks else ()
    console.print(f"{write_report(measure(result, card=card, draws=draws), out, attacked)}")


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


def attack(
    crops: CropsOption = CROPS,
    faces: Annotated[int, typer.Option(help="Validation faces, half of them fake.", min=4)] = 32,
    detector: Annotated[str | None, typer.Option(help="Default: the first deployed.")] = None,
    release: ReleaseOption = None,
    epsilon: Annotated[list[int] | None, typer.Option(help="Grey levels; may be repeated.")] = None,
    aware: Annotated[bool, typer.Option(help="Attackers who know each defence, too.")] = False,
    out: Annotated[
        Path | None, typer.Option("--json", help="Write the table here, for `report --attacks`.")
    ] = None,
) -> None:
    """Attack a release with FGSM, PGD and queries alone; measure it with and without defences."""
    quiet()
    from clarity.detectors import artefact, registry
    from train.attacks import lines
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
    found = list(
        attack_table(estimator, served, views, labels, epsilons=epsilon or EPSILONS, aware=aware)
    )
    for line in found:
        figures = (f"{line.auc:.3f}", f"{line.accuracy:.3f}")
        table.add_row(line.attack, f"{line.epsilon}/255", line.defence, *figures)
    console.print(table)
    if out:
        lines.write(found, out)


def pointing(
    crops: CropsOption = CROPS,
    faces: Annotated[int, typer.Option(help="Validation faces a forgery.", min=1)] = 200,
    detector: Annotated[str | None, typer.Option(help="Default: the first deployed.")] = None,
    release: ReleaseOption = None,
    seed: int = 1,
) -> None:
    """Whether heat maps point at what was changed, on forgeries whose place is known."""
    from clarity.detectors import registry
    from clarity.explanation import departure
    from clarity.forgery.registry import kinds
    from train.crops import load_crops
    from train.pointing import play, together

    name = detector or registry.deployed()[0]
    folder = registry.release_folder(name, release)
    judge = registry.load_folder(folder)
    table = Table(title=f"{name} {folder.name}: its maps beside a Gaussian in the middle")
    for column in ("forgery", "faces", "changed", "hits", "Gaussian's", "AUC", "Gaussian's"):
        table.add_column(column, justify="left" if column == "forgery" else "right")
    with Progress(console=console) as bar:
        task = bar.add_task("forgeries", total=len(kinds()))
        lines = play(
            lambda views: departure(judge.predict(views).maps, judge.card.usual_map),
            load_crops(crops),
            kinds=kinds(),
            faces=faces,
            seed=seed,
            progress=lambda kind: bar.advance(task),
        )
    for line in [*lines, together(lines)] if lines else []:
        kind, count, *shares = astuple(line)
        table.add_row(kind, str(count), *(f"{share:.2f}" for share in shares))
    console.print(table)
