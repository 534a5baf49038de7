"""`python -m data version`, `versions`, `restore` and `remote`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from data.versions import DIGITS


def version(folder: Annotated[Path, typer.Argument(help="Folder of a prepared set.")]) -> None:
    """Record a prepared set: copy it to the remote and write its metafile."""
    from data.versions import record

    recorded = record(folder)
    console = Console()
    console.print(f"digest {recorded.digest}", soft_wrap=True)
    console.print(f"{recorded.metafile}: commit it with the code", soft_wrap=True)


def versions() -> None:
    """List the recorded versions, oldest first."""
    from data.versions import list_versions

    table = Table("digest", "name", "crops", "clips", "size", "recorded", "metafile")
    for each in list_versions():
        counts = [str(each.counts.get(name, "")) for name in ("crops", "clips")]
        size = decimal(each.size)
        digest = each.digest[:DIGITS]
        table.add_row(digest, each.name, *counts, size, each.recorded, each.metafile.name)
    Console().print(table if table.rows else "no version is recorded")


def restore(
    digest: Annotated[str, typer.Argument(help="Of the version; its first digits suffice.")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
) -> None:
    """Get an earlier version back, exactly."""
    from data.versions import restore as restore_version

    restored = restore_version(digest, out)
    Console().print(f"{out} has the digest {restored.digest}", soft_wrap=True)


def remote(
    url: Annotated[str, typer.Argument(help="gs://BUCKET/FOLDER, or a folder.")],
) -> None:
    """Say where versions are kept from now on, on this machine."""
    from data.remote import set_remote

    kept = set_remote(url)
    Console().print(f"versions are kept at {kept} (.dvc/config.local)", soft_wrap=True)
