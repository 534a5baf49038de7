"""One pass over a set: everything that its report counts, in bounded memory.

Counts need a hash an item and an identity. What is drawn in charts and learnt by the baseline
comes from a sample of `ITEMS_KEPT` items, contact sheets from one of `FACES_A_SHEET` people
each; both are the same however the rows lie in the shards.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from data.compression import Compression, compression_of
from data.reading import Row, ShardDamaged, crops, rejects
from data.report.appearance import lightness, typology_angle
from data.report.lowest import LowestHashes, place

ITEMS_KEPT = 50_000
FACES_A_SHEET = 14
EXAMPLES = 3
"""Keys shown of each kind of reject."""


@dataclass(slots=True)
class ItemFacts:
    """What is known of a sampled item beside its pixels, and two looks at its first face.

    Attributes:
        face_size: of its largest face, pixels in the media.
        lightness: CIE L* of the crop, 0 to 100.
        angle: ITA of the skin in degrees, an estimate.
        codec, quality: "" and None where neither the set nor its media tell.
    """

    source: str
    group: str
    fake: bool
    media_format: str
    media_bytes: int
    width: int
    height: int
    duration: float
    face_size: float
    lightness: float
    angle: float
    sex: str
    codec: str = ""
    quality: int | None = None


@dataclass(slots=True)
class Tally:
    """Of one source, manipulation and label: crops, items by split, identities (hashes)."""

    crops: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    identities: set[int] = field(default_factory=set)

    @property
    def items(self) -> int:
        return self.splits.total()


@dataclass(slots=True)
class Rejected:
    """Of one source, stage, code and reason: how many, and a few keys."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """What one pass found.

    Attributes:
        tallies: by (source, manipulation, fake).
        items: sampled.
        faces: by (source, fake): sampled crops, uint8 RGB (side, side, 3).
        rejected: by (stage, code, reason, source).
    """

    tallies: dict[tuple[str, str, bool], Tally]
    items: list[ItemFacts]
    faces: dict[tuple[str, bool], list[np.ndarray]]
    rejected: dict[tuple[str, str, str, str], Rejected]

    @property
    def identities(self) -> int:
        return len(set().union(*(tally.identities for tally in self.tallies.values())))


def survey(folder: Path, *, media: Path | None = None, thumbnail: int = 112) -> Survey:
    """Read a set once.

    Args:
        folder: of the set.
        media: where the items' keys are files: sets prepared by earlier versions lack their
            codec and JPEG quality.
        thumbnail: side of the sampled faces in pixels.

    Raises:
        SetMissing, ShardDamaged: the set cannot be read whole.
    """
    tallies: dict[tuple[str, str, bool], Tally] = defaultdict(Tally)
    sample: LowestHashes[ItemFacts] = LowestHashes(ITEMS_KEPT)
    faces: dict[tuple[str, bool], LowestHashes[np.ndarray]] = defaultdict(
        lambda: LowestHashes(FACES_A_SHEET)
    )
    seen: set[int] = set()
    for row in crops(folder):
        name = f"{row['source']}\n{row['key']}"
        _count(tallies[row["source"], row["manipulation"], row["fake"]], row, name, seen)
        sample.offer(name, lambda row=row: _facts(row, media))  # type: ignore[misc]
        if kept := sample.get(name):
            kept.face_size = max(kept.face_size, row["face_size"])
        faces[row["source"], row["fake"]].offer(
            row["group"],
            lambda row=row: cv2.resize(  # type: ignore[misc]
                decoded(row), (thumbnail, thumbnail), interpolation=cv2.INTER_AREA
            ),
        )
    sheets = {label: sampled.values() for label, sampled in faces.items()}
    return Survey(dict(tallies), sample.values(), sheets, _rejected(folder))


def decoded(row: Row) -> np.ndarray:
    """The crop of a row, uint8 RGB (256, 256, 3).

    Raises:
        ShardDamaged: it is no picture.
    """
    pixels = cv2.imdecode(np.frombuffer(row["crop"], np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ShardDamaged(f"the crop of {row['key']} is no picture")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def _count(tally: Tally, row: Row, name: str, seen: set[int]) -> None:
    tally.crops += 1
    item = place(name)
    if item not in seen:
        seen.add(item)
        tally.splits[row["split"]] += 1
        tally.identities.add(place(row["group"]))


def _facts(row: Row, media: Path | None) -> ItemFacts:
    crop = decoded(row)
    found = _compression(row, media)
    return ItemFacts(
        source=row["source"],
        group=row["group"],
        fake=row["fake"],
        media_format=row["media_format"],
        media_bytes=row["media_bytes"],
        width=row["media_width"],
        height=row["media_height"],
        duration=row["duration"],
        face_size=row["face_size"],
        lightness=lightness(crop),
        angle=typology_angle(crop, np.reshape(row["landmarks"], (5, 2))),
        sex=row["sex"],
        codec=found.codec if found else "",
        quality=found.quality if found else None,
    )


def _compression(row: Row, media: Path | None) -> Compression | None:
    """Of the item's file: from the set, or from the file where the set does not say."""
    if row.get("media_codec"):
        return Compression(row["media_codec"], row["jpeg_quality"])
    return compression_of(media / row["key"]) if media else None


def _rejected(folder: Path) -> dict[tuple[str, str, str, str], Rejected]:
    found: dict[tuple[str, str, str, str], Rejected] = defaultdict(Rejected)
    for row in rejects(folder):
        kind = found[row["stage"], row["code"], row["reason"], row["source"]]
        kind.count += 1
        if len(kind.examples) < EXAMPLES:
            kind.examples.append(row["key"])
    return dict(found)
