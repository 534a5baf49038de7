"""A dataset described by a `manifest.csv`; its columns are those of `data.manifest`."""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.items import Item
from data.manifest import read_manifest

FILE = "manifest.csv"


def read(root: Path, *, split: str = "") -> Iterator[Item]:
    """Items in the order of the file.

    Args:
        root: the folder of `manifest.csv`, or a CSV file of any name.
        split: only this one; "" for all.

    Raises:
        WrongRoot: no manifest.
        ManifestInvalid: as it says.
        DatasetIncomplete: media that it names are missing.
    """
    if not root.is_file():
        layout.expect(root, "a dataset with a manifest", FILE)
        root = root / FILE
    items = read_manifest(root, split=split or None)
    layout.expect_all(root.parent, "the manifest's dataset", [item.key for item in items])
    yield from items
