"""A prepared set on disk.

shards/part-00000.parquet   one row a face crop
clips/part-00000.parquet    one row a clip of a person, for detectors that look at time
rejects.parquet             what gave no row, and why
set.json                    name, digest, settings and counts; written last
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from clarity.errors import ClarityError

PICTURES = ("crop", "crops", "mouths")
ROWS_A_GROUP = 64
"""Rows that are read at once: about 6 MB of crops."""

SHARDS = "shards"
CLIPS = "clips"
REJECTS_FILE = "rejects.parquet"
SET_FILE = "set.json"

_LABEL_COLUMNS = [
    ("key", pa.string()),
    ("source", pa.string()),
    ("origin", pa.string()),
    ("fake", pa.bool_()),
    ("manipulation", pa.string()),
    ("generator", pa.string()),
    ("group", pa.string()),
    ("split", pa.string()),
    ("kind", pa.string()),
    ("sex", pa.string()),
    ("skin_tone", pa.string()),
    ("media_sha256", pa.string()),
    ("media_format", pa.string()),
    ("media_codec", pa.string()),  # jpeg, png, h264...; "" where the file does not tell
    ("jpeg_quality", pa.int32()),  # estimated, 1 to 100; null of anything but JPEG
    ("media_bytes", pa.int64()),
    ("media_width", pa.int32()),
    ("media_height", pa.int32()),
    ("duration", pa.float64()),
    ("person", pa.int32()),
    ("frame", pa.int32()),
    ("seconds", pa.float64()),
]

CROP_SCHEMA = pa.schema(
    [
        *_LABEL_COLUMNS,
        ("face_size", pa.float32()),  # pixels in the media
        ("landmarks", pa.list_(pa.float32())),  # five points in pixels of the crop
        ("phash", pa.string()),  # of the crop, 16 hex digits
        ("crop", pa.binary()),  # PNG, as `data.crops` makes it
    ]
)

CLIP_SCHEMA = pa.schema(
    [
        *_LABEL_COLUMNS,  # frame and seconds are those of the first picture
        ("rate", pa.float32()),  # frames a second
        ("crops", pa.list_(pa.binary())),  # PNG, one a frame
        ("mouths", pa.list_(pa.binary())),  # PNG, one a frame
        ("landmarks", pa.list_(pa.float32())),  # frames x five points, in pixels of the crop
        ("sound", pa.list_(pa.float32())),  # frames x spectra x bands, or empty
    ]
)

REJECT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("key", "source", "stage", "code", "reason")]
)


class SetMissing(ClarityError):
    status: ClassVar[int] = 404
    code: ClassVar[str] = "set-missing"
    hint = "Run `python -m data prepare --manifest CSV --out FOLDER` first; a broken run resumes."


@dataclass(frozen=True, slots=True)
class SetRecord:
    """What `set.json` says.

    Attributes:
        name: of the set.
        digest: SHA-256 over the content of all rows, as `data.digest` defines it.
        settings: that decided what was taken of each item.
        counts: items, crops, clips and rejects.
    """

    name: str
    digest: str
    settings: Mapping[str, Any]
    counts: Mapping[str, int]

    def write(self, folder: Path) -> None:
        write_whole(folder / SET_FILE, json.dumps(asdict(self), indent=1).encode())


def read_set(folder: Path) -> SetRecord:
    """The record of a finished set.

    Raises:
        SetMissing: there is none in the folder.
    """
    path = folder / SET_FILE
    if not path.is_file():
        raise SetMissing(f"no prepared set in {folder}")
    return SetRecord(**json.loads(path.read_text()))


def part_name(number: int) -> str:
    return f"part-{number:05d}.parquet"


def parts(folder: Path, kind: str = SHARDS) -> list[Path]:
    """The files of `shards/` or `clips/`, in the order of the items."""
    return sorted((folder / kind).glob("part-*.parquet"))


def write_part(
    path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema
) -> list[dict[str, Any]]:
    """Write rows whole or not at all; no rows, no file.

    Returns:
        The rows as they will be read: 32-bit numbers are rounded, arrays are lists.
    """
    path.unlink(missing_ok=True)
    table = pa.Table.from_pylist(list(rows), schema)
    if rows:
        sink = pa.BufferOutputStream()
        pq.write_table(
            table,
            sink,
            row_group_size=ROWS_A_GROUP,
            compression={name: _compression(name) for name in schema.names},
            use_dictionary=[name for name in schema.names if name not in PICTURES],
            write_page_checksum=True,
        )
        write_whole(path, sink.getvalue())
    return table.to_pylist()


def _compression(column: str) -> str:
    return "none" if column in PICTURES else "zstd"  # a PNG does not get smaller


def write_whole(path: Path, content: Any) -> None:
    """Bytes appear under their name all at once, whoever is killed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)
