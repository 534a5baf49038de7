"""Read a manifest: one CSV row per picture or clip, paths relative to the CSV.

Columns: path, label (1 = fake), manipulation, source, origin, group, split, kind. `group`
names the identity or the original video: items of one group always share a split.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from clarity.errors import ClarityError
from clarity.media.frames import MediaKind
from data.groups import crossing
from data.items import Item

COLUMNS = ("path", "label", "manipulation", "source", "origin", "group", "split", "kind")


class ManifestInvalid(ClarityError):
    status = 422
    code = "manifest-invalid"
    hint = f"A manifest is a CSV with the columns {', '.join(COLUMNS)}; label is 0 or 1."


def read_manifest(path: Path, *, split: str | None = None) -> list[Item]:
    """All items, or those of one split, in the order of the file.

    Raises:
        ManifestInvalid: no such file, a missing column, an unknown label or kind, no item
            left, or one group in two splits.
    """
    if not path.is_file():
        raise ManifestInvalid(f"{path} is not a file")
    with path.open(newline="") as lines:
        reader = csv.DictReader(lines)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise ManifestInvalid(f"{path} lacks the columns {sorted(missing)}")
        items = [_item(row, path.parent, number) for number, row in enumerate(reader, start=2)]
    _refuse_leaks(items)
    chosen = [item for item in items if split in (None, item.split)]
    if not chosen:
        raise ManifestInvalid(f"{path} has no item of split {split!r}")
    return chosen


def _item(row: dict[str, str], folder: Path, line: int) -> Item:
    if row["label"] not in ("0", "1"):
        raise ManifestInvalid(f"line {line}: label {row['label']!r}")
    if row["kind"] not in set(MediaKind):
        raise ManifestInvalid(f"line {line}: kind {row['kind']!r} is neither image nor video")
    return Item(
        key=row["path"],
        path=folder / row["path"],
        fake=row["label"] == "1",
        manipulation=row["manipulation"],
        source=row["source"],
        origin=row["origin"],
        group=row["group"],
        split=row["split"],
        kind=MediaKind(row["kind"]),
    )


def _refuse_leaks(items: Sequence[Item]) -> None:
    leaks = crossing((item.group, item.split) for item in items)
    if leaks:
        raise ManifestInvalid(f"groups in two splits: {', '.join(leaks[:5])}")
