"""Google DeepFakeDetection (DFD): 363 scenes with 28 paid actors, 3,068 face swaps of them.

Dufour and Gully, "Contributing Data to Deepfake Detection Research", Google AI blog, 2019;
distributed by the script of FaceForensics++ (github.com/ondyari/FaceForensics,
`dataset/DeepFakeDetection/README.md`, paths in `dataset/extract_compressed_videos.py`):

    original_sequences/actors/c23/videos/01__exit_phone_room.mp4
    manipulated_sequences/DeepFakeDetection/c23/videos/01_02__exit_phone_room__YVGY8LOK.mp4
    manipulated_sequences/DeepFakeDetection/masks/videos/…   the same name

with raw, c23 or c40 as compression. A fake is named after the actor who plays, the actor whose
face is put in, the scene and an identifier. Actors who were swapped are one group, which joins
nearly all of them: the dataset serves as a whole, for training or for testing. No official split.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.groups import joined
from data.items import Annotation, Item

NAME = "Google DeepFakeDetection"
COMPRESSIONS = {"c0": "raw", "raw": "raw", "c23": "c23", "c40": "c40"}
"""Names of compressions -> folders; "c0" is what the paper calls the raw videos."""

ORIGINALS = "original_sequences/actors"
FAKES = "manipulated_sequences/DeepFakeDetection"


def read(root: Path, *, compression: str = "c23") -> Iterator[Item]:
    """Originals, then fakes, of one compression.

    Raises:
        UnknownVersion: no such compression.
        WrongRoot, DatasetIncomplete: no such folders, or none of an actor's originals is there.
    """
    layout.expect_known(NAME, "compression", (compression,), COMPRESSIONS)
    kept = COMPRESSIONS[compression]
    folders = [f"{part}/{kept}/videos" for part in (ORIGINALS, FAKES)]
    layout.expect(root, NAME, *folders)
    originals, fakes = (sorted((root / folder).glob("*.mp4")) for folder in folders)
    layout.expect_some(root / folders[0], NAME, originals)
    layout.expect_some(root / folders[1], NAME, fakes)
    _expect_actors(root, originals, fakes)
    groups = joined(_actors(path) for path in (*originals, *fakes))
    for path in (*originals, *fakes):
        fake = len(_actors(path)) > 1
        yield layout.item_at(
            path,
            root,
            manipulation="face_swap" if fake else "none",
            source=f"google_dfd_{kept}",
            origin=f"{NAME}, {kept}",
            group=f"google_dfd/{groups[_actors(path)[0]]}",
            annotation=_annotation(path, root) if fake else layout.NO_ANNOTATION,
        )


def _actors(path: Path) -> list[str]:
    return path.name.partition("__")[0].split("_")


def _annotation(path: Path, root: Path) -> Annotation:
    mask = layout.existing(root / FAKES / "masks" / "videos" / path.name)
    return Annotation(generator="DeepFakeDetection", mask=mask)


def _expect_actors(root: Path, originals: list[Path], fakes: list[Path]) -> None:
    shown = {actor for path in originals for actor in _actors(path)}
    swapped = {actor for path in fakes for actor in _actors(path)}
    missing = sorted(swapped - shown)
    if missing:
        raise layout.DatasetIncomplete(
            f"{NAME} in {root}: {len(missing)} of {len(swapped)} actors have no original, "
            f"such as {', '.join(missing[: layout.NAMED])}."
        )
