"""`python -m train reproduce`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from train.commands.console import console
from train.commands.options import CROPS, RUNS, CropsOption
from train.commands.releases import opened_shelf

if TYPE_CHECKING:
    from train.reproduce import Difference


def reproduce(
    release: Annotated[str, typer.Argument(help="Its name, or its folder.")],
    manifest: Annotated[Path | None, typer.Option(help="CSV that the card's are of.")] = None,
    split: Annotated[str, typer.Option(help="The items of the card.")] = "validation",
    retrain: Annotated[bool, typer.Option("--retrain", help="Train it once more.")] = False,
    crops: CropsOption = CROPS,
) -> None:
    """Measure a release once more and compare with its card; status 1 if a figure differs."""
    from clarity.detectors import artefact
    from data.manifest import read_manifest
    from train import reproduce as again

    with opened_shelf() as shelf:
        folder = again.find(shelf, release)
    card = artefact.read(folder).card
    console.print(_needs(again.needs(card)))
    if not again.same_environment(card):
        console.print("The Python packages here are not those that made it: bits may differ.")
    if retrain:
        run = RUNS / f"again-{card.release}"
        worst = again.retrain(folder, crops, run)
        told = "are the same, bit for bit" if worst == 0 else f"differ by {worst:.3g} at most"
        console.print(f"trained again in {run}: the parameters {told}")
    if manifest is None:
        return
    with Progress(console=console) as bar:
        task = bar.add_task("scans", total=None)
        measured = again.measure_again(
            folder,
            read_manifest(manifest, split=split),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    known = "those of the card" if measured.same_items else "not named on the card: not compared"
    console.print(f"The items are {known}. {measured.figures} figures were measured.")
    if measured.differences:
        console.print(_table(measured.differences))
        raise typer.Exit(1)
    console.print("Every figure is equal.")


def _needs(needs: dict[str, str]) -> Table:
    table = Table("to train it again", "", show_header=True)
    for name, value in needs.items():
        table.add_row(name, value)
    return table


def _table(differences: "Sequence[Difference]") -> Table:
    table = Table("figure", "card", "now", title="What differs")
    for each in differences:
        values = ["" if value is None else f"{value:.4f}" for value in (each.card, each.now)]
        table.add_row(each.name, *values)
    return table
