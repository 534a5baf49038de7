"""`python -m train cost` and `forge`: a month's bill, a sheet of every forgery."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from train.commands.console import console

if TYPE_CHECKING:
    from clarity.cost.bill import Line, Load


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
