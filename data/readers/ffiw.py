"""FFIW-10K: 10,000 clips of several people, one or more of whom are swapped.

Zhou, Wang, Liang and Shen, "Face Forensics in the Wild", CVPR 2021, arXiv 2103.16076. Layout of
github.com/tfzhou/FFIW (`README.md`):

    source/train/….mp4, val          real
    target/train/….mp4, val          fakes
    target_mask/train/….mp4, val     where they are forged

The test part is a download of its own with `test` in place of `train` and `val`; it may be
unpacked into the same folder. The names of the files are not described: this reader takes files
of the same name, in `source`, `target` and `target_mask`, for the original, its fake and its mask,
which could not be verified. A label is that of the clip: people who are not masked are real.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.items import Annotation, Item

NAME = "FFIW-10K"
PARTS = ("source", "target", "target_mask")


def read(root: Path) -> Iterator[Item]:
    """Originals, then fakes, of every split that is there.

    Raises:
        WrongRoot, DatasetIncomplete: no such folders, an empty one, or fakes without masks.
    """
    layout.expect(root, NAME, *PARTS)
    inside = {path.name for part in PARTS for path in (root / part).iterdir() if path.is_dir()}
    splits = [split for split in ("train", "val", "test") if split in inside]
    places = [f"{part}/{split}" for split in splits for part in PARTS]
    layout.expect(root, NAME, *(places or ["source/train"]))
    clips = {place: list(layout.files(root / place)) for place in places}
    for place, paths in clips.items():
        layout.expect_some(root / place, NAME, paths)
    for split in splits:
        _expect_masks(
            root, split, len(clips[f"target/{split}"]), len(clips[f"target_mask/{split}"])
        )
    for split in splits:
        for part in ("source", "target"):
            yield from (_item(path, root, split) for path in clips[f"{part}/{split}"])


def _expect_masks(root: Path, split: str, fakes: int, masks: int) -> None:
    if fakes != masks:
        raise layout.DatasetIncomplete(
            f"{NAME} in {root}: expected a mask for each of {fakes} clips of target/{split}, "
            f"found {masks} in target_mask/{split}."
        )


def _item(path: Path, root: Path, split: str) -> Item:
    fake = path.relative_to(root).parts[0] == "target"
    mask = root / "target_mask" / path.relative_to(root / "target") if fake else None
    return layout.item_at(
        path,
        root,
        manipulation="face_swap" if fake else "none",
        source="ffiw",
        origin=f"{NAME}, YouTube",
        group=f"ffiw/{split}/{path.stem}",
        split=layout.SPLITS[split],
        annotation=Annotation(mask=layout.existing(mask) if mask else None),
    )
