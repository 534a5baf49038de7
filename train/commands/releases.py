"""`python -m train promote`, `rollback` and `releases`."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from train.commands.console import console
from train.commands.options import ManifestOption

if TYPE_CHECKING:
    from clarity.promotions.rules import Promotion
    from clarity.promotions.shelf import Shelf


ByOption = Annotated[str | None, typer.Option(help="Who decides; default: the user's name.")]


def promote(
    candidate: Annotated[Path, typer.Argument(help="Release folder that `release` made.")],
    manifest: ManifestOption,
    reason: Annotated[str, typer.Option(help="Why; it is written down.")] = "better figures",
    by: ByOption = None,
    split: Annotated[str, typer.Option(help="The locked items.")] = "validation",
    new_items: Annotated[
        bool, typer.Option("--new-items", help="Other locked items than last time, on purpose.")
    ] = False,
    ship: Annotated[
        bool, typer.Option(help="Also make it what comes with the code (to be committed).")
    ] = False,
) -> None:
    """Validate a candidate against the release at work; put it to work if it passes."""
    from data.manifest import read_manifest
    from train import promotion
    from train.settled import settled_tests

    items = read_manifest(manifest, split=split)
    with settled_tests() as settled, opened_shelf() as shelf, Progress(console=console) as bar:
        bar.console.print(settled.told())
        task = bar.add_task("scans", total=len(items))
        line = promotion.promote(
            candidate,
            items,
            shelf=shelf,
            by=by or getpass.getuser(),
            reason=reason,
            settled=settled,
            new_items=new_items,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    console.print(_told(line))
    if ship:
        console.print(f"copied to {promotion.ship(candidate)}: commit it")


def consented(
    folder: Annotated[Path, typer.Argument(help="Gets `real` and `fake`.")],
) -> None:
    """Gather settled items whose owners agreed to training, for `data prepare`."""
    from clarity.settings import load_settings
    from train.consented import gather

    told = gather(load_settings(), folder)
    console.print(
        f"{told.kept} items in {folder}; {told.removed} files taken out; {told.refused} settled "
        f"items without consent, {told.gone} erased by their owners"
    )


def rollback(
    detector: Annotated[str, typer.Argument(help="Name of a detector.")],
    release: Annotated[str | None, typer.Argument(help="Default: the one before.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is written down.")] = "not said",
    by: ByOption = None,
) -> None:
    """Put an earlier release to work again, bit for bit."""
    from train import promotion

    with opened_shelf() as shelf:
        line = promotion.roll_back(
            detector, release, shelf=shelf, by=by or getpass.getuser(), reason=reason
        )
    console.print(_told(line))


def list_releases(
    detector: Annotated[str | None, typer.Argument(help="Default: all.")] = None,
) -> None:
    """List what has been at work, and what is."""
    from clarity.detectors import registry
    from clarity.detectors.artefact import ReleaseMissing

    table = Table("detector", "", "release", "act", "when", "by", "AUC", "reason")
    with opened_shelf() as shelf:
        for name in (detector,) if detector else (*registry.names(), *registry.MOTION_DETECTORS):
            history = shelf.history(name)
            for line in history:
                mark = "at work" if line is history[-1] else ""
                when = line.at.strftime("%Y-%m-%d %H:%M UTC")
                figures = (line.act, when, line.by, _auc(line), line.reason)
                table.add_row(name, mark, line.release, *figures)
            if history:
                continue
            try:
                exact = shelf.in_package(name)
            except ReleaseMissing:
                continue
            table.add_row(name, "at work", exact.release, "", "", "", "", "came with the code")
    console.print(table)


@contextmanager
def opened_shelf() -> Iterator["Shelf"]:
    """The installation's releases, its ledger at the newest revision."""
    from clarity.promotions.shelf import open_shelf
    from clarity.settings import load_settings

    shelf = open_shelf(load_settings())
    shelf.upgrade()
    try:
        yield shelf
    finally:
        shelf.close()


def _told(line: "Promotion") -> str:
    return f"{line.release} is at work for {line.detector} ({line.act}, number {line.number})"


def _auc(line: "Promotion") -> str:
    figures = line.grounds.get("figures")
    if not isinstance(figures, dict):
        return ""
    before = figures.get("at_work", {}).get("overall.auc")
    now = f"{figures['candidate']['overall.auc']:.4f}"
    return now if before is None else f"{before:.4f} → {now}"
