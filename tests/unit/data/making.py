"""Items for the pipeline's tests: a portrait in the public domain, and what has no face."""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from clarity.media.frames import MediaKind
from data.items import Annotation, Item
from tests.unit.media.making import write_video

SIDE = 256
"""Of the portrait's part with the face, pixels."""


def face(shift: int = 0) -> np.ndarray:
    """The portrait's face, uint8 RGB (256, 256, 3), moved to the right."""
    return np.roll(data.astronaut()[:SIDE, 96 : 96 + SIDE], shift, axis=1)


def item(path: Path, kind: MediaKind = MediaKind.IMAGE, **facts) -> Item:
    fields = {
        "key": path.name,
        "path": path,
        "fake": False,
        "manipulation": "none",
        "source": "studio",
        "origin": "made by the test",
        "group": path.stem,
        "split": "train",
        "kind": kind,
        "annotation": Annotation(),
    }
    return Item(**{**fields, **facts})


def picture(path: Path, pixels: np.ndarray | None = None, **facts) -> Item:
    Image.fromarray(face() if pixels is None else pixels).save(path, quality=92)
    return item(path, **facts)


def truncated(path: Path, **facts) -> Item:
    picture(path)
    path.write_bytes(path.read_bytes()[:3000])
    return item(path, **facts)


def faceless(path: Path, **facts) -> Item:
    return picture(path, data.coffee(), **facts)


def film(path: Path, frames: int = 40, *, rate: int = 25, **facts) -> Item:
    """The portrait, moving to and fro by a pixel or two."""
    write_video(path, frames, lambda index: face(index % 4), rate=rate)
    return item(path, MediaKind.VIDEO, **facts)
