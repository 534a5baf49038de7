"""`python -m data.inspect READER ROOT`: look at a dataset before it is used.

Prints a random sample of its rows, counts, and groups that its own splits tear apart.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clarity.errors import ClarityError
from data import registry
from data.groups import crossing
from data.items import Item

SHOWN = 3
"""How many torn groups are named."""

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@dataclass
class Survey:
    """What one pass over a dataset keeps, whatever its size.

    Attributes:
        sample: items, each equally likely to be among them.
        counts: (manipulation, split, kind) -> items.
        memberships: (group, split) of every item.
    """

    sample: list[Item] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    memberships: set[tuple[str, str]] = field(default_factory=set)


def survey(items: Iterable[Item], rows: int, *, seed: int = 0) -> Survey:
    """Look over items once and draw `rows` of them.

    Reservoir sampling (Vitter, 1985, algorithm R): the i-th item is kept with probability
    rows / i, in a place drawn at random.
    """
    found = Survey()
    draw = random.Random(seed)  # noqa: S311, a sample needs no secrecy
    for number, item in enumerate(items):
        found.counts[item.manipulation, item.split, item.kind] += 1
        found.memberships.add((item.group, item.split))
        place = number if number < rows else draw.randint(0, number)
        if place < rows:
            found.sample[place : place + 1] = [item]
    return found


@app.command(help=__doc__)
def inspect(
    reader: Annotated[str, typer.Argument(help=registry.UnknownReader.hint)],
    root: Annotated[Path, typer.Argument(help="Folder of the dataset as it was unpacked.")],
    *,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the reader; repeat it.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 0,
) -> None:
    """Print a sample of rows, counts and torn groups."""
    try:
        options = registry.options_from_text(reader, option or [])
        found = survey(registry.read(reader, root, **options), rows, seed=seed)
    except ClarityError as error:
        text = Group(Text(error.message, style="bold"), Text(error.hint))
        Console(stderr=True).print(Panel(text, border_style="magenta"))
        raise typer.Exit(1) from error
    console = Console()
    console.print(rows_table(found.sample))
    console.print(counts_table(found.counts))
    console.print(_groups_line(found.memberships))


def rows_table(items: Iterable[Item]) -> Table:
    """One row an item, narrow enough for a terminal."""
    table = Table(header_style="bold", show_lines=True)
    for title in ("Item, source", "What it is", "Group", "Annotation"):
        table.add_column(title, overflow="fold")
    for item in items:
        table.add_row(
            Text.assemble(item.key, (f"\n{item.source}", "dim")),
            Text(f"{item.manipulation}\n{' '.join((item.split, item.kind)).strip()}"),
            Text(item.group),
            Text(_annotation(item)),
        )
    return table


def _annotation(item: Item) -> str:
    told = item.annotation
    facts = {
        "generator": told.generator,
        "mask": told.mask.name if told.mask else "",
        "box": ", ".join(f"{value:g}" for value in told.box or ()),
        "forged": ", ".join(f"{start:.2f} to {end:.2f} s" for start, end in told.segments),
        "sex": told.sex,
        "skin tone": told.skin_tone,
    }
    return "\n".join(f"{name} {value}" for name, value in facts.items() if value)


def counts_table(counts: Counter[tuple[str, str, str]]) -> Table:
    """One row for each manipulation, split and kind that occurs, and their sum."""
    table = Table(header_style="bold")
    for title in ("Manipulation", "Split", "Kind"):
        table.add_column(title)
    table.add_column("Items", justify="right")
    for (manipulation, split, kind), number in sorted(counts.items()):
        table.add_row(manipulation, split or "none given", kind, f"{number:,}")
    table.add_section()
    table.add_row("all", "", "", f"{counts.total():,}")
    return table


def _groups_line(memberships: set[tuple[str, str]]) -> Text:
    groups, torn = {group for group, _ in memberships}, crossing(memberships)
    if not torn:
        return Text(f"{len(groups):,} groups, each in one split.")
    return Text(
        f"{len(torn):,} of {len(groups):,} groups lie in two splits, such as "
        f"{', '.join(torn[:SHOWN])}: the official split shows the same people twice. "
        "Split anew by group to keep them apart.",
        style="yellow",
    )


if __name__ == "__main__":
    app()
