"""DFDC: 119,154 training clips of paid actors with eight kinds of swaps, and test clips.

Dolhansky, Bitton, Pflaum, Lu, Howes, Wang and Canton Ferrer, "The DeepFake Detection Challenge
(DFDC) Dataset", arXiv 2006.07397. Layout of the Kaggle download, from its data page and loaders
(polimi-ispl/icpr2020dfdc `index_dfdc.py`, DeepfakeBench `preprocessing/rearrange.py`):

    dfdc_train_part_0/aaqaifqrwn.mp4, metadata.json
    …
    dfdc_train_part_49/…
    test/labels.csv, aalscayrfi.mp4, …        optional; columns filename and label (1 = fake)

the parts also below `train/`. `metadata.json` maps a clip to label ("REAL" or "FAKE"), split
(always "train") and, for a fake, its original. A group is an original with its fakes: actors,
who appear in several originals, are not said, and a few fakes have a false voice alone. The
layout of the test folder is less sure than the rest, because it comes from one loader.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data import layout
from data.items import Item

NAME = "DFDC"


@dataclass(frozen=True, slots=True)
class Clip:
    """A row of the lists: place below the root, label, original and split."""

    name: str
    fake: bool
    original: str
    split: str


def read(root: Path) -> Iterator[Item]:
    """Clips of all parts that are there, then the test clips.

    Raises:
        UnknownVersion: a split that is not known.
        WrongRoot, DatasetIncomplete: no part, a part without its list, or listed clips missing.
    """
    parts = sorted(root.glob("dfdc_train_part_*")) or sorted(root.glob("train/dfdc_train_part_*"))
    if not parts:
        layout.expect(root, NAME, "dfdc_train_part_0")
    lists = [(part / "metadata.json").relative_to(root).as_posix() for part in parts]
    layout.expect_all(root, NAME, lists)
    clips = [clip for part in parts for clip in _training(part, root)]
    labels = root / "test" / "labels.csv"
    if labels.is_file():
        clips += _testing(labels, root)
    layout.expect_all(root, NAME, [clip.name for clip in clips])
    for clip in clips:
        yield layout.item_at(
            root / clip.name,
            root,
            manipulation="face_swap" if clip.fake else "none",
            source="dfdc",
            origin=f"{NAME}, actors",
            group=f"dfdc/{Path(clip.original).stem}",
            split=clip.split,
        )


def _training(part: Path, root: Path) -> Iterator[Clip]:
    clips = layout.load_json(part / "metadata.json")
    layout.expect_fields(part / "metadata.json", NAME, clips.values(), "label", "split")
    layout.expect_known(NAME, "split", {f["split"] for f in clips.values()}, layout.SPLITS)
    for name, facts in clips.items():
        yield Clip(
            name=(part / name).relative_to(root).as_posix(),
            fake=facts["label"] == "FAKE",
            original=facts.get("original") or name,
            split=layout.SPLITS[facts["split"]],
        )


def _testing(labels: Path, root: Path) -> Iterator[Clip]:
    with labels.open(newline="") as rows:
        for row in csv.DictReader(rows):
            name = (labels.parent / row["filename"]).relative_to(root).as_posix()
            yield Clip(name, row["label"] == "1", row["filename"], "test")
