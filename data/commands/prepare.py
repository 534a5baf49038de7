"""`python -m data prepare`."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from data.items import Item


class SourceUnclear(typer.BadParameter):
    """Neither or both of --manifest and --reader with --root."""


def prepare(
    out: Annotated[Path, typer.Option(help="Folder of the set; the same one resumes.")],
    manifest: Annotated[Path | None, typer.Option(help="CSV in the pool's format.")] = None,
    reader: Annotated[str | None, typer.Option(help="A dataset's reader, with --root.")] = None,
    root: Annotated[Path | None, typer.Option(help="Folder of the dataset.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="Of the reader: name=value.")] = None,
    hold_out: Annotated[list[str] | None, typer.Option(help="Sources for testing only.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    plain: Annotated[bool, typer.Option("--plain", help="In this process, without Ray.")] = False,
    frames: Annotated[int, typer.Option(min=1, help="Frames looked at in a film.")] = 24,
    clips: Annotated[int, typer.Option(min=0, help="Clips taken from a film.")] = 2,
    allow_near_duplicates: Annotated[
        bool, typer.Option("--allow-near-duplicates", help="Across splits.")
    ] = False,
) -> None:
    """Find, align and store the faces of a dataset."""
    from data.peak import PeakMemory
    from data.pipeline import on_ray
    from data.preparation import plainly
    from data.preparation import prepare as prepare_set
    from data.splits import assign_splits
    from data.stages import Settings

    items = assign_splits(
        _items(manifest, reader, root, option or ()), hold_out=dict.fromkeys(hold_out or (), "test")
    )
    console = Console()
    with PeakMemory() as memory, _bar(console) as bar:
        task = bar.add_task("blocks", total=None)
        done = prepare_set(
            items,
            out,
            run=plainly if plain else on_ray(workers),
            settings=Settings(frames, clips),
            allow_near_duplicates=allow_near_duplicates,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    counted = ", ".join(f"{number} {name}" for name, number in done.record.counts.items())
    console.print(f"{out}: {counted}; digest {done.record.digest[:12]}")
    console.print(
        f"{done.items} items in {done.seconds:.0f} s, {done.items / done.seconds:.1f} a second; "
        f"peak memory {memory.peak_bytes / 1e6:.0f} MB"
    )


def _items(
    manifest: Path | None, reader: str | None, root: Path | None, options: Sequence[str]
) -> list[Item]:
    if manifest and not reader:
        from data.manifest import read_manifest

        return read_manifest(manifest.absolute())  # workers run in folders of their own
    if reader and root and not manifest:
        registry = import_module("data.registry")
        return list(
            registry.read(reader, root.absolute(), **registry.options_from_text(reader, options))
        )
    raise SourceUnclear("give --manifest, or --reader with --root")


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    return Progress(*columns, TextColumn("of {task.total}"), TimeRemainingColumn(), console=console)
