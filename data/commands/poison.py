"""`python -m data poison`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from data.poison import Finding


def poison(
    folder: Annotated[Path, typer.Argument(help="Folder of a prepared set.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the keys of poisoned crops here, one a line.")
    ] = None,
) -> None:
    """Look for poisoned crops; ends with status 1 if there is an alarm."""
    from data.poison import inspect

    findings = inspect(folder)
    console = Console()
    console.print(_table(findings))
    keys = [key for finding in findings for key in finding.keys]
    if out:
        out.write_text("".join(f"{key}\n" for key in keys))
    console.print(f"[red]{len(keys)} crops look poisoned[/red]" if keys else "no poison was found")
    raise typer.Exit(bool(keys))


def _table(findings: Sequence["Finding"]) -> Table:
    table = Table("source", "label", "crops", "cluster", "separation", "contradicted", "")
    for each in findings:
        look = f"look at {len(each.apart)}" if each.apart else "fine"
        told = f"{len(each.keys)} poisoned" if each.alarm else each.reason or look
        part = "" if each.contradicted is None else f"{each.contradicted:.0%}"
        figures = [str(each.crops), f"{each.share:.0%}", f"{each.separation:.2f}", part]
        table.add_row(each.source, each.label, *figures, told)
    return table
