"""One item of a dataset: a picture or a clip, its label and what its publishers say of it."""

from dataclasses import dataclass
from pathlib import Path

from clarity.media.frames import MediaKind

MANIPULATIONS = ("none", "face_swap", "reenactment", "lip_sync", "synthesis", "attribute")
"""What was done to the face; "none" for real items alone."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a dataset says of an item beyond its label; empty where it says nothing.

    Attributes:
        generator: the tool or network that forged it, as the dataset names it.
        mask: picture or video of the forged pixels, white = forged.
        box: face box (x, y, width, height) in pixels of the media.
        segments: forged stretches of a clip, (start, end) in seconds.
        sex, skin_tone: of the person, in the dataset's own words.
    """

    generator: str = ""
    mask: Path | None = None
    box: tuple[float, float, float, float] | None = None
    segments: tuple[tuple[float, float], ...] = ()
    sex: str = ""
    skin_tone: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One picture or clip.

    Attributes:
        key: its name inside the dataset, with forward slashes; unique within `source`.
        path: can be opened.
        fake: the label.
        manipulation: one of `MANIPULATIONS`.
        source: dataset, or part of one, whose items share a look.
        origin: where the media came from, in words.
        group: identity or original video: items of one group always share a split.
        split: "train", "validation" or "test"; "" where the dataset has none.
        kind: image or video.
        annotation: what else is known.
    """

    key: str
    path: Path
    fake: bool
    manipulation: str
    source: str
    origin: str
    group: str
    split: str
    kind: MediaKind
    annotation: Annotation = Annotation()
