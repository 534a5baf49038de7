"""WildDeepfake: 7,314 face sequences cut from 707 deepfake videos of the internet.

Zi, Chang, Chen, Ma and Jiang, "WildDeepfake: A Challenging Real-World Dataset for Deepfake
Detection", ACM Multimedia 2020, arXiv 2101.01456. Layout of the public download
(huggingface.co/datasets/xingjunm/WildDeepfake, folder `deepfake_in_the_wild`; github.com/OpenTAI/
wild-deepfake):

    real_train/1.tar.gz, 2.tar.gz, …
    real_test/…, fake_train/…, fake_test/…

An archive holds frames such as `./1/fake/131/942.png`: archive, label, sequence, frame; 224 px
faces. They cannot be opened inside an archive, so each archive is unpacked once, when its turn
comes. Its number is taken for the video, and real and fake archives of a number and split for the
same one: nothing says so, but grouping too much leaks nothing.
"""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from data import layout
from data.items import Item

NAME = "WildDeepfake"
FOLDERS = ("real_train", "fake_train", "real_test", "fake_test")
ENDING = ".tar.gz"
DEPTH = 4
"""Parts of a frame's name inside its archive."""


def read(root: Path, *, unpacked: Path | None = None) -> Iterator[Item]:
    """Frames of all archives.

    Args:
        unpacked: where archives are unpacked; by default `unpacked` in the root. An archive that
            was unpacked whole before is not opened again.

    Raises:
        WrongRoot, DatasetIncomplete: no such folders, or one without archives; at its turn, an
            archive that is cut off or holds no frames.
    """
    layout.expect(root, NAME, *FOLDERS)
    archives = [path for folder in FOLDERS for path in _archives(root / folder)]
    for archive in archives:
        target = (unpacked or root / "unpacked") / archive.parent.name / _number(archive)
        if not target.is_dir():
            unpack(archive, target)
        frames = list(layout.files(target, layout.PICTURES))
        layout.expect_some(archive, NAME, frames)
        for frame in frames:
            yield _item(frame, target.parent.parent, archive)


def unpack(archive: Path, target: Path) -> None:
    """Unpack the frames of an archive; `target` exists only once they are all there.

    Raises:
        DatasetIncomplete: the archive is cut off or damaged.
    """
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _extract(archive, part)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        whole = len(list(layout.files(part, layout.PICTURES)))
        shutil.rmtree(part)
        raise layout.DatasetIncomplete(
            f"{NAME}: {archive} is cut off or damaged after {whole} frames: {error}."
        ) from error
    part.rename(target)


def _extract(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            name = PurePosixPath(member.name)
            if member.isfile() and len(name.parts) == DEPTH and name.suffix == ".png":
                members.extract(member, folder, filter="data")


def _archives(folder: Path) -> list[Path]:
    """Archives in the order of their numbers."""
    found = list(folder.glob(f"*{ENDING}"))
    layout.expect_some(folder, NAME, found)
    return sorted(found, key=lambda path: (len(path.name), path.name))


def _number(archive: Path) -> str:
    return archive.name.removesuffix(ENDING)


def _item(frame: Path, root: Path, archive: Path) -> Item:
    label, _, split = archive.parent.name.partition("_")
    return layout.item_at(
        frame,
        root,
        manipulation="face_swap" if label == "fake" else "none",
        source="wilddeepfake",
        origin=f"{NAME}, internet",
        group=f"wilddeepfake/{split}/{_number(archive)}",
        split=layout.SPLITS[split],
    )
