"""DFFD, Diverse Fake Face Dataset: faces edited or synthesised whole, with real ones.

Dang, Liu, Stehouwer, Liu and Jain, "On the Detection of Digital Face Manipulation", CVPR 2020,
arXiv 1910.01717. The publishers' page (cvlab.cse.msu.edu/project-ffd.html) gives one archive a
part; this layout of them is what two independent loaders agree on:

    ffhq/train/….png, validation, test                       real
    img_align_celeba/….jpg, list_eval_partition.txt          real, CelebA with its partition
    faceapp/…, stargan/…                                     attributes edited
    pggan_v1/…, pggan_v2/…, stylegan_ffhq/…, stylegan_celeba/…   synthesised
    faceapp/train_mask/…         forged pixels under the picture's name, in some parts

Its face swaps are those of FaceForensics++, read by their own reader. Which real face an edit was
made from is not said in a form that could be verified: every picture is a group of its own, so an
edit may meet its original in another split.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.items import Annotation, Item

NAME = "DFFD"
CELEBA = "img_align_celeba"
PARTITION = "list_eval_partition.txt"
CELEBA_SPLITS = {"0": "train", "1": "validation", "2": "test"}

PARTS = {
    "ffhq": ("none", ""),
    CELEBA: ("none", ""),
    "faceapp": ("attribute", "FaceApp"),
    "stargan": ("attribute", "StarGAN"),
    "pggan_v1": ("synthesis", "PGGAN v1"),
    "pggan_v2": ("synthesis", "PGGAN v2"),
    "stylegan_ffhq": ("synthesis", "StyleGAN (FFHQ)"),
    "stylegan_celeba": ("synthesis", "StyleGAN (CelebA-HQ)"),
}
"""Parts -> manipulation and generator."""

FOLDERS = ("train", "validation", "test")


def read(root: Path, *, parts: tuple[str, ...] = ()) -> Iterator[Item]:
    """Pictures of the chosen parts.

    Args:
        parts: some of `PARTS`; by default those that are there.

    Raises:
        UnknownVersion: no such part.
        WrongRoot, DatasetIncomplete: no part, or one without its splits or listed pictures.
    """
    layout.expect_known(NAME, "part", parts, PARTS)
    chosen = parts or tuple(part for part in PARTS if (root / part).is_dir())
    layout.expect(root, NAME, *(chosen or PARTS))
    found = {part: list(_pictures(root, part)) for part in chosen}
    for part, pictures in found.items():
        layout.expect_some(root / part, NAME, pictures)
    for part, pictures in found.items():
        for path, split in pictures:
            yield _item(path, root, part, split)


def _pictures(root: Path, part: str) -> Iterator[tuple[Path, str]]:
    """Pictures of a part with their split."""
    if part == CELEBA:
        layout.expect(root / part, f"{NAME}, {part}", PARTITION)
        rows = [line.split() for line in layout.lines(root / part / PARTITION)]
        layout.expect_all(root / part, f"{NAME}, {part}", [name for name, _ in rows])
        yield from ((root / part / name, CELEBA_SPLITS[number]) for name, number in rows)
        return
    layout.expect(root / part, f"{NAME}, {part}", *FOLDERS)
    for folder in FOLDERS:
        for path in layout.files(root / part / folder, layout.PICTURES):
            yield path, folder


def _item(path: Path, root: Path, part: str, split: str) -> Item:
    manipulation, generator = PARTS[part]
    mask = layout.existing(path.parent.with_name(f"{path.parent.name}_mask") / path.name)
    return layout.item_at(
        path,
        root,
        manipulation=manipulation,
        source="dffd",
        origin=f"{NAME}, {part}",
        group=f"dffd/{part}/{split}/{path.stem}",
        split=split,
        annotation=Annotation(generator=generator, mask=mask),
    )
