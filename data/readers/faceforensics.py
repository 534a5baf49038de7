"""FaceForensics++: 1,000 YouTube clips and what five methods make of them.

Rössler, Cozzolino, Verdoliva, Riess, Thies and Nießner, "FaceForensics++: Learning to Detect
Manipulated Facial Images", ICCV 2019, arXiv 1901.08971; FaceShifter (Li et al., arXiv
1912.13457) and DeepFakeDetection (Google) came later. Layout of github.com/ondyari/FaceForensics
(`dataset/README.md`, `dataset/extract_compressed_videos.py`, `dataset/splits`):

    original_sequences/youtube/c23/videos/000.mp4
    manipulated_sequences/Deepfakes/c23/videos/000_003.mp4
    manipulated_sequences/Deepfakes/masks/videos/000_003.mp4       not for FaceShifter
    splits/train.json, val.json, test.json        pairs such as ["000", "003"]

with raw, c23 or c40 as compression. The splits lie in the repository, not in the download: put
the folder, or the three files, beside the sequences. 000_003 is clip 000 with the face or the
expression of 003; a pair is made both ways, and both people are one group and one split.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from data import layout
from data.groups import joined
from data.items import Annotation, Item
from data.readers import google_dfd
from data.readers.google_dfd import COMPRESSIONS

NAME = "FaceForensics++"

METHODS = {
    "Deepfakes": "face_swap",
    "Face2Face": "reenactment",
    "FaceSwap": "face_swap",
    "NeuralTextures": "reenactment",
    "FaceShifter": "face_swap",
}
"""Methods -> what they do, all on the same clips."""

DFD = "DeepFakeDetection"
"""A dataset of its own with other people, also offered as a method; see `google_dfd`."""


def read(
    root: Path, *, compression: str = "c23", methods: tuple[str, ...] = tuple(METHODS)
) -> Iterator[Item]:
    """Originals, then the fakes of each method.

    Args:
        compression: "c0" (or "raw"), "c23" or "c40".
        methods: some of `METHODS`; with "DeepFakeDetection" also Google's actors.

    Raises:
        UnknownVersion: no such compression or method.
        WrongRoot, DatasetIncomplete: no such folders, or clips that the splits name are missing.
    """
    layout.expect_known(NAME, "compression", (compression,), COMPRESSIONS)
    layout.expect_known(NAME, "method", methods, (*METHODS, DFD))
    kept = COMPRESSIONS[compression]
    chosen = [method for method in methods if method != DFD]
    layout.expect(root, NAME, *(_folder(method, kept) for method in ("", *chosen)))
    splits = _splits(root)
    layout.expect_all(root, NAME, _listed(splits, chosen, kept))
    actors = google_dfd.read(root, compression=compression) if DFD in methods else iter(())
    actors = layout.begun(actors)
    groups = joined(splits)
    for pair, split in splits.items():
        for clip in pair:
            yield _item(root, "", kept, clip, groups, split)
    for method in chosen:
        for (one, other), split in splits.items():
            yield _item(root, method, kept, f"{one}_{other}", groups, split)
            yield _item(root, method, kept, f"{other}_{one}", groups, split)
    yield from actors


def _folder(method: str, kept: str) -> str:
    place = f"manipulated_sequences/{method}" if method else "original_sequences/youtube"
    return f"{place}/{kept}/videos"


def _splits(root: Path) -> dict[tuple[str, str], str]:
    """Pairs of clips -> split, in the order of the official files."""
    names = ("train", "val", "test")
    folder = layout.expect_one(root, f"{NAME} with its splits", "splits/train.json", "train.json")
    layout.expect(folder.parent, f"{NAME} with its splits", *(f"{name}.json" for name in names))
    return {
        (one, other): layout.SPLITS[name]
        for name in names
        for one, other in layout.load_json(folder.parent / f"{name}.json")
    }


def _listed(splits: Mapping[tuple[str, str], str], methods: list[str], kept: str) -> list[str]:
    originals = [f"{_folder('', kept)}/{clip}.mp4" for pair in splits for clip in pair]
    return originals + [
        f"{_folder(method, kept)}/{name}.mp4"
        for method in methods
        for one, other in splits
        for name in (f"{one}_{other}", f"{other}_{one}")
    ]


def _item(
    root: Path, method: str, kept: str, name: str, groups: Mapping[str, str], split: str
) -> Item:
    mask = root / f"manipulated_sequences/{method}/masks/videos/{name}.mp4"
    return layout.item_at(
        root / _folder(method, kept) / f"{name}.mp4",
        root,
        manipulation=METHODS[method] if method else "none",
        source=f"faceforensics_{kept}",
        origin=f"{NAME}, YouTube, {kept}",
        group=f"faceforensics/{groups[name.partition('_')[0]]}",
        split=split,
        annotation=Annotation(generator=method, mask=layout.existing(mask) if method else None),
    )
