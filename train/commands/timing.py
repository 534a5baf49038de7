"""`python -m train timing`: train and measure the detector of motion."""

from typing import Annotated

import typer
from rich.table import Table

from train.commands.console import console
from train.commands.options import CANDIDATES, ManifestOption, OutOption


def timing(
    manifest: ManifestOption,
    out: OutOption = CANDIDATES,
    workers: Annotated[int, typer.Option(help="Processes that decode clips.", min=1)] = 2,
) -> None:
    """Train the detector of lips, sound and order of frames; measure it on people left out."""
    from data.manifest import read_manifest
    from train.timing import clips_of, make

    items = read_manifest(manifest)
    clips = clips_of(items, workers=workers)
    folder, figures, rates = make(items, clips, out)
    table = Table(title=f"{len(clips)} clips; AUC by person left out, 95 % by bootstrap of people")
    for column in ("against real clips", "AUC", "low", "high"):
        table.add_column(column)
    for kind, found in figures.items():
        table.add_row(kind, f"{found.value:.3f}", f"{found.low:.3f}", f"{found.high:.3f}")
    console.print(table)
    for name, rate in rates.items():
        console.print(f"{name} {rate:.3f}")
    console.print(f"written {folder}")
