"""Options that several commands share, and where things lie unless told otherwise."""

from pathlib import Path
from typing import Annotated

import typer

RUNS = Path("var/runs")
CROPS = Path("var/prepared/pool")
CANDIDATES = Path("var/candidates")

ManifestOption = Annotated[Path, typer.Option(help="CSV in the pool's format.")]
CropsOption = Annotated[Path, typer.Option(help="Set that `python -m data prepare` wrote.")]
OutOption = Annotated[Path, typer.Option(help="Folder of candidates.")]
ReleaseOption = Annotated[str | None, typer.Option(help="A release; default: the deployed one.")]
