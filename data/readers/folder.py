"""Any folder of real and forged media, sorted by hand:

    real/…
    fake/face_swap/…, fake/lip_sync/…     folders named after a manipulation, or
    fake/…                                anything, with `manipulation` said

Further folders inside are taken for people or clips, each a group, the same in `real` and `fake`;
other files are one group by their name without ending and "_fake": an original and what was made
of it. Where that is wrong, write a manifest.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.items import MANIPULATIONS, Item

NAME = "a folder of real and fake media"
FAKES = tuple(name for name in MANIPULATIONS if name != "none")


def read(root: Path, *, manipulation: str = "", source: str = "folder") -> Iterator[Item]:
    """Real media, then forged ones.

    Args:
        manipulation: of forged media outside a folder that is named after one.
        source: name of the dataset; it also starts the names of the groups.

    Raises:
        WrongRoot, DatasetIncomplete: `real` and `fake` are not there, or are empty.
        UnknownVersion: a manipulation is unknown, or nothing says which one it is.
    """
    layout.expect(root, NAME, "real", "fake")
    if manipulation:
        layout.expect_known(NAME, "manipulation", (manipulation,), FAKES)
    media = layout.PICTURES | layout.VIDEOS
    found = {label: list(layout.files(root / label, media)) for label in ("real", "fake")}
    for label, paths in found.items():
        layout.expect_some(root / label, NAME, paths)
    named = {path: _manipulation(path, root, manipulation) for path in found["fake"]}
    for path in (*found["real"], *found["fake"]):
        yield layout.item_at(
            path,
            root,
            manipulation=named.get(path, "none"),
            source=source,
            origin=source,
            group=f"{source}/{_group(path, root)}",
        )


def _group(path: Path, root: Path) -> str:
    """The first folder below those of label and manipulation, else the name of the file."""
    inner = path.relative_to(root).parts[1:]
    if inner[0] in FAKES:
        inner = inner[1:]
    return inner[0] if len(inner) > 1 else path.stem.removesuffix("_fake")


def _manipulation(path: Path, root: Path, otherwise: str) -> str:
    folder = path.relative_to(root).parts[1]
    if folder in FAKES:
        return folder
    if not otherwise:
        raise layout.UnknownVersion(
            f"{path} lies in no folder named after a manipulation: {', '.join(FAKES)}.",
            hint="Sort the fakes into such folders, or say manipulation=… for all of them.",
        )
    return otherwise
