"""Face crops of a prepared set as training reads them, in one memory-mapped array.

    python -m data prepare --manifest pool/manifest.csv --out var/prepared/pool

The first run over a set decodes its shards into `cache/` beside them; later runs map that.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from numpy.lib.format import open_memmap

from clarity.forgery.contract import RealFace
from data.crops import STORED_SIZE, decoded
from data.reading import ROWS_AT_ONCE, Row, crops
from data.shards import read_set

CACHE = "cache"
FACTS = ["key", "fake", "manipulation", "source", "group", "split"]


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
    """Crops of a prepared set.

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

    def face(self, index: int) -> RealFace:
        """A crop as forgeries take it; its pixels are a view of the file."""
        return RealFace(np.asarray(self.pixels[index]), self.landmarks[index])

    def of_split(self, split: str) -> np.ndarray:
        """Indices of a split's crops."""
        return np.flatnonzero([row.split == split for row in self.rows])


def load_crops(folder: Path) -> CropSet:
    """The crops of a set that `data.preparation.prepare` finished, in the order of its items.

    Raises:
        SetMissing: nothing was prepared there, or the preparation was stopped.
    """
    record = read_set(folder)
    cache = folder / CACHE / record.digest
    if not cache.is_dir():
        _fill(cache, folder, count=record.counts["crops"])
    content = json.loads((cache / "crops.json").read_text())
    return CropSet(
        rows=[CropRow(**row) for row in content["rows"]],
        pixels=np.load(cache / "pixels.npy", mmap_mode="r"),
        landmarks=np.load(cache / "landmarks.npy"),
        digest=content["digest"],
    )


def _fill(cache: Path, folder: Path, *, count: int) -> None:
    """Decode all crops into `cache`, which appears when it is whole; older ones go."""
    shutil.rmtree(cache.parent, ignore_errors=True)
    cache.parent.mkdir()
    unfinished = Path(mkdtemp(dir=cache.parent))
    shape = (count, STORED_SIZE, STORED_SIZE, 3)
    pixels = open_memmap(unfinished / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    rows: list[dict[str, object]] = []
    landmarks: list[list[float]] = []
    for row, crop in _decoded_rows(folder):
        pixels[len(rows)] = crop
        landmarks.append(row["landmarks"])
        rows.append({name: row[name] for name in FACTS})
    points = np.array(landmarks, np.float32).reshape(-1, 5, 2)
    np.save(unfinished / "landmarks.npy", points)
    facts = {"digest": _digest([row["key"] for row in rows], pixels), "rows": rows}
    (unfinished / "crops.json").write_text(json.dumps(facts))
    pixels.flush()
    unfinished.replace(cache)


def _decoded_rows(folder: Path) -> Iterator[tuple[Row, np.ndarray]]:
    rows = crops(folder, columns=[*FACTS, "landmarks", "crop"])
    with ThreadPoolExecutor() as threads:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            yield from zip(some, threads.map(decoded, [r["crop"] for r in some]), strict=True)


def _digest(keys: Sequence[object], pixels: np.ndarray) -> str:
    digest = hashlib.sha256("\n".join(str(key) for key in keys).encode())
    digest.update(pixels.data)
    return digest.hexdigest()
