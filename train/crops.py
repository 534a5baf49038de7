"""Face crops of a manifest, found once and kept on disk for every epoch of every run.

    python -m train crops --manifest pool/manifest.csv

The stored crop is wider than what a network sees (`STORED_MARGIN`), so that training can
jitter the framing; cut back to `CROP_MARGIN` it is the crop that serving makes.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from clarity.errors import ClarityError
from clarity.faces.align import align, alignment, transform
from clarity.faces.detect import FaceDetector
from clarity.media.decode import decode
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from data.items import Item

STORED_SIZE = 256
STORED_MARGIN = 1.4
FRAMES_A_CLIP = 24


@dataclass(frozen=True, slots=True)
class CropRow:
    """One stored crop: the item's facts and its place in the array."""

    key: str
    fake: bool
    manipulation: str
    source: str
    group: str
    split: str


@dataclass(frozen=True)
class CropSet:
    """Crops of a manifest.

    Attributes:
        rows: facts, one a crop.
        pixels: uint8 RGB (N, 256, 256, 3), memory-mapped.
        landmarks: float32 (N, 5, 2), in pixels of the stored crop.
        digest: SHA-256 over keys and pixels; names the training data on a card.
    """

    rows: Sequence[CropRow]
    pixels: np.ndarray
    landmarks: np.ndarray
    digest: str

    @cached_property
    def fake(self) -> np.ndarray:
        return np.array([row.fake for row in self.rows])

    def of_split(self, split: str) -> np.ndarray:
        """Indices of a split's crops."""
        return np.flatnonzero([row.split == split for row in self.rows])


def load_crops(folder: Path) -> CropSet:
    """A set that `prepare_crops` wrote.

    Raises:
        ClarityError: nothing was prepared there.
    """
    facts = folder / "crops.json"
    if not facts.is_file():
        raise ClarityError(
            f"no crops in {folder}", hint="Run `python -m train crops --manifest CSV` first."
        )
    content = json.loads(facts.read_text())
    return CropSet(
        rows=[CropRow(**row) for row in content["rows"]],
        pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
        landmarks=np.load(folder / "landmarks.npy"),
        digest=content["digest"],
    )


def prepare_crops(
    items: Sequence[Item],
    folder: Path,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CropSet:
    """Decode every item, crop its largest face and write the set into `folder`.

    Items without a face or that cannot be decoded are listed in `rejects.json` with the
    reason. A clip gives up to 24 crops spread over its length.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[CropRow] = []
    crops: list[np.ndarray] = []
    points: list[np.ndarray] = []
    rejects: dict[str, str] = {}
    for number, (item, found) in enumerate(_crops_of(items, workers)):
        if isinstance(found, str):
            rejects[item.key] = found
        for crop, landmarks in () if isinstance(found, str) else found:
            rows.append(_row(item))
            crops.append(crop)
            points.append(landmarks)
        progress(number + 1, len(items))
    _write(folder, rows, np.stack(crops), np.stack(points))
    (folder / "rejects.json").write_text(json.dumps(rejects, indent=1))
    return load_crops(folder)


def _row(item: Item) -> CropRow:
    return CropRow(item.key, item.fake, item.manipulation, item.source, item.group, item.split)


def _write(folder: Path, rows: list[CropRow], pixels: np.ndarray, points: np.ndarray) -> None:
    digest = hashlib.sha256("\n".join(row.key for row in rows).encode())
    digest.update(pixels.data)
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "landmarks.npy", points)
    facts = {
        "digest": digest.hexdigest(),
        "rows": [{name: getattr(row, name) for name in CropRow.__slots__} for row in rows],
    }
    (folder / "crops.json").write_text(json.dumps(facts))


Found = list[tuple[np.ndarray, np.ndarray]]


def _crops_of(items: Sequence[Item], workers: int) -> Iterator[tuple[Item, Found | str]]:
    with ProcessPoolExecutor(workers, initializer=_start_worker) as pool:
        yield from zip(items, pool.map(_find, items, chunksize=32), strict=True)


_detector: FaceDetector | None = None


def _start_worker() -> None:
    global _detector  # one network a worker process; it cannot travel between processes
    cv2.setNumThreads(1)
    _detector = FaceDetector()


def _find(item: Item) -> Found | str:
    assert _detector is not None
    try:
        pictures = _pictures(item)
    except ClarityError as error:
        return error.message
    found: Found = []
    for picture in pictures:
        faces = _detector.detect(picture)
        if faces:
            crop = align(picture, faces[0], size=STORED_SIZE, margin=STORED_MARGIN)
            matrix = alignment(faces[0], size=STORED_SIZE, margin=STORED_MARGIN)
            found.append((crop, transform(faces[0].landmarks, matrix)))
    return found or "no face"


def _pictures(item: Item) -> list[np.ndarray]:
    """Stills of a trusted dataset are read in this process: a child each costs 0.3 s."""
    if item.kind is MediaKind.VIDEO:
        limits = Limits(max_frames=FRAMES_A_CLIP)
        return [frame.pixels for frame in decode(item.path, limits).frames]
    picture = cv2.imread(str(item.path))
    if picture is None:
        raise ClarityError(f"{item.path} cannot be decoded")
    return [cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)]
