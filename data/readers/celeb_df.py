"""Celeb-DF: celebrities' interviews from YouTube and better face swaps of them, two versions.

Li, Yang, Sun, Qi and Lyu, "Celeb-DF: A Large-scale Challenging Dataset for DeepFake Forensics",
CVPR 2020, arXiv 1909.12962. Layout of both versions (github.com/yuezunli/celeb-deepfakeforensics,
`Celeb-DF-v1/README.md` and `Celeb-DF-v2/README.md`; names of the files from loaders):

    Celeb-real/id0_0000.mp4             v1: 158, v2: 590
    YouTube-real/00000.mp4              v1: 250, v2: 300; everyone is another person
    Celeb-synthesis/id0_id16_0000.mp4   v1: 795, v2: 5,639; id0's clip with the face of id16
    List_of_testing_videos.txt          lines such as "1 YouTube-real/00170.mp4", 1 = real

Celebrities who were swapped are one group, which joins most of them. The official list divides
clips, not people: its training and its testing part show the same celebrities. `split` says what
the list says; for parts without common people, split anew by group.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.groups import joined
from data.items import Annotation, Item

NAME = "Celeb-DF"
VERSIONS = ("v1", "v2")
FOLDERS = ("Celeb-real", "YouTube-real", "Celeb-synthesis")
TEST_LIST = "List_of_testing_videos.txt"


def read(root: Path, *, version: str = "v2") -> Iterator[Item]:
    """All clips, folder by folder.

    Args:
        version: "v1" or "v2", which look alike on disk; it names the source.

    Raises:
        UnknownVersion: no such version, or the folders of a later one.
        WrongRoot, DatasetIncomplete: no such folders, or listed clips are missing.
    """
    layout.expect_known(NAME, "version", (version,), VERSIONS)
    layout.expect(root, NAME, *FOLDERS, TEST_LIST)
    clips = {folder: sorted((root / folder).glob("*.mp4")) for folder in FOLDERS}
    _expect_flat(root, clips["Celeb-synthesis"])
    for folder, found in clips.items():
        layout.expect_some(root / folder, NAME, found)
    tested = {line.split(maxsplit=1)[-1] for line in layout.lines(root / TEST_LIST)}
    layout.expect_all(root, NAME, sorted(tested))
    groups = joined(_people(path) for found in clips.values() for path in found)
    for folder, found in clips.items():
        for path in found:
            fake = folder == "Celeb-synthesis"
            yield layout.item_at(
                path,
                root,
                manipulation="face_swap" if fake else "none",
                source=f"celeb_df_{version}",
                origin=f"{NAME} {version}, YouTube",
                group=f"celeb_df/{groups[_people(path)[0]]}",
                split="test" if f"{folder}/{path.name}" in tested else "train",
                annotation=Annotation(generator="Celeb-DF synthesis" if fake else ""),
            )


def _people(path: Path) -> list[str]:
    """Identities of a clip: "id0" and "id16", or the clip's own name for YouTube's people."""
    return [part for part in path.stem.split("_") if part.startswith("id")] or [path.stem]


def _expect_flat(root: Path, fakes: list[Path]) -> None:
    folders = [path.name for path in sorted((root / "Celeb-synthesis").iterdir()) if path.is_dir()]
    if folders and not fakes:
        raise layout.UnknownVersion(
            f"{root} is a later Celeb-DF than {' and '.join(VERSIONS)}: expected clips in "
            f"Celeb-synthesis, found folders such as {folders[0]}."
        )
