"""A prepared set small enough to train on in a test: one portrait, moved and recoloured."""

from pathlib import Path

from data.preparation import plainly, prepare
from data.stages import Settings
from tests.unit.data.making import face, picture

CROPS = 24


def write_set(folder: Path) -> Path:
    """Half real, half darker "fakes", a third of them for validation; decoded once."""
    folder.mkdir()
    items = []
    for number in range(CROPS):
        fake = number % 2 == 1
        items.append(
            picture(
                folder / f"{number}.png",
                face(number) // (2 if fake else 1),
                fake=fake,
                manipulation="face_swap" if fake else "none",
                split="validation" if number % 3 == 2 else "train",
            )
        )
    out = folder / "set"
    prepare(items, out, run=plainly, settings=Settings(), allow_near_duplicates=True)
    return out
