"""What the commands print with."""

import logging
import os

from rich.console import Console
from rich.table import Table

console = Console()


def figures_table(title: str, rows: dict[str, dict[str, float]]) -> Table:
    """Figures by row and column; a figure that a row does not have stays empty."""
    columns = sorted({name for row in rows.values() for name in row})
    table = Table(title=title)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for name, row in rows.items():
        table.add_row(name, *(_figure(row.get(column)) for column in columns))
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def quiet() -> None:
    """Keep TensorFlow's and Orbax's chatter out of the figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("absl").setLevel(logging.WARNING)
