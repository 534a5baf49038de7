"""`python -m data report`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a prepared set.")],
    out: Annotated[Path, typer.Option(help="The HTML page to write.")] = Path("report.html"),
    media: Annotated[
        Path | None,
        typer.Option(help="Folder of the dataset, for sets that lack codec and quality."),
    ] = None,
    poison: Annotated[bool, typer.Option(help="Look for poison too.")] = True,
) -> None:
    """Write one HTML page: what is in a set, and what gives the label away."""
    from data.poison import inspect
    from data.report.page import render, write
    from data.report.survey import survey
    from data.shards import read_set

    record = read_set(folder)
    findings = inspect(folder) if poison else None
    write(render(record, survey(folder, media=media), findings=findings), out)
    Console().print(f"wrote {out}", soft_wrap=True)
