"""What readers of published datasets share: the checks of a folder, and items of its files.

A folder that is something else, half a download or an unknown version is refused before the
first item, with a message that says what was expected and what was found.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from clarity.errors import ClarityError
from clarity.media.frames import MediaKind
from data.items import Annotation, Item

VIDEOS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".flv"})
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})

SPLITS = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}
"""The publishers' words for splits -> ours."""

NAMED = 3
"""How many names a message gives as examples."""

NO_ANNOTATION = Annotation()


class WrongRoot(ClarityError):
    """The folder does not hold the dataset."""

    status = 422
    code = "wrong-dataset-root"
    hint = "Give the folder that holds the named files, laid out as the publishers unpack them."


class DatasetIncomplete(ClarityError):
    """A part of the dataset is missing or cut off."""

    status = 422
    code = "dataset-incomplete"
    hint = (
        "Download or unpack the missing part again; where a reader has an option for it, "
        "name the parts that are there."
    )


class UnknownVersion(ClarityError):
    """No such version, compression, method or part is published."""

    status = 422
    code = "unknown-dataset-version"
    hint = "Choose one that the message names."


def expect(root: Path, dataset: str, *names: str) -> None:
    """Refuse a folder that lacks files or folders of the layout.

    Args:
        root: the folder that was given.
        dataset: its name, for the message.
        names: what must lie there, with forward slashes.

    Raises:
        WrongRoot: nothing of it is there.
        DatasetIncomplete: some of it is there.
    """
    missing = [name for name in names if not (root / name).exists()]
    if len(missing) == len(names) or not root.is_dir():
        raise WrongRoot(
            f"{root} is not {dataset}: expected {', '.join(names)}; found {_contents(root)}."
        )
    if missing:
        raise DatasetIncomplete(
            f"{dataset} in {root} lacks {', '.join(missing)}; found {_contents(root)}."
        )


def expect_one(root: Path, dataset: str, *names: str) -> Path:
    """The first of several places that exists.

    Raises:
        WrongRoot: none of them does.
    """
    for name in names:
        if (root / name).exists():
            return root / name
    raise WrongRoot(
        f"{root} is not {dataset}: expected {' or '.join(names)}; found {_contents(root)}."
    )


def expect_all(root: Path, dataset: str, listed: Collection[str]) -> None:
    """Refuse half a download.

    Args:
        listed: files that the dataset's own lists or pairs name, relative to `root`.

    Raises:
        DatasetIncomplete: some are missing; says how many and names a few.
    """
    missing = [name for name in listed if not (root / name).is_file()]
    if missing:
        raise DatasetIncomplete(
            f"{dataset} in {root}: {len(missing)} of {len(listed)} files are missing, "
            f"such as {', '.join(missing[:NAMED])}."
        )


def expect_some(folder: Path, dataset: str, found: Collection[object]) -> None:
    """Refuse an empty part.

    Raises:
        DatasetIncomplete: nothing was found in the folder.
    """
    if not found:
        raise DatasetIncomplete(f"{dataset}: {folder} holds no media; found {_contents(folder)}.")


def expect_known(dataset: str, what: str, wanted: Iterable[str], known: Collection[str]) -> None:
    """Refuse a version, compression or method that is not published.

    Raises:
        UnknownVersion: one of `wanted` is not in `known`.
    """
    for name in wanted:
        if name not in known:
            raise UnknownVersion(f"{dataset} has no {what} {name!r}: there are {', '.join(known)}.")


def expect_fields(
    path: Path, dataset: str, rows: Iterable[Mapping[str, object]], *fields: str
) -> None:
    """Refuse a list of another dataset or release.

    Raises:
        WrongRoot: a row of the file lacks a field.
    """
    for row in rows:
        missing = [field for field in fields if field not in row]
        if missing:
            raise WrongRoot(
                f"{path} is not of {dataset}: expected {', '.join(fields)} in it, "
                f"found {', '.join(islice(row, 2 * NAMED))}."
            )


def load_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        DatasetIncomplete: it is cut off or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetIncomplete(f"{path} is cut off or damaged: {error}.") from error


def lines(path: Path) -> list[str]:
    """Lines of a text file that are not blank."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def files(folder: Path, suffixes: Collection[str] = VIDEOS) -> Iterator[Path]:
    """Files below a folder with one of the endings, always in the same order, never hidden ones."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(names):
            if Path(name).suffix.lower() in suffixes and not name.startswith("."):
                yield Path(parent) / name


def begun(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, the first of which is made now: what a reader refuses is raised here."""
    return chain(list(islice(items, 1)), items)


def existing(path: Path) -> Path | None:
    """The path, or None where there is no such file."""
    return path if path.is_file() else None


def item_at(
    path: Path,
    root: Path,
    *,
    manipulation: str,
    source: str,
    origin: str,
    group: str,
    split: str = "",
    part: str = "",
    annotation: Annotation = NO_ANNOTATION,
) -> Item:
    """An item of a file; its key is its place below `root`, its label follows the manipulation.

    Args:
        part: tells items of one file apart, such as its faces.
    """
    name = path.relative_to(root).as_posix()
    return Item(
        key=f"{name}#{part}" if part else name,
        path=path,
        fake=manipulation != "none",
        manipulation=manipulation,
        source=source,
        origin=origin,
        group=group,
        split=split,
        kind=MediaKind.VIDEO if path.suffix.lower() in VIDEOS else MediaKind.IMAGE,
        annotation=annotation,
    )


def _contents(folder: Path) -> str:
    if not folder.is_dir():
        return "no folder" if not folder.exists() else "a file"
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in islice(entries, 1000))
    shown = ", ".join(names[: 2 * NAMED])
    return f"{shown}{' and more' if len(names) > 2 * NAMED else ''}" if names else "nothing"
