"""The format of a prepared set: Parquet shards of face crops with their facts, and its digest.

A prepared set is a folder:

    shards/part-*.parquet   one row a face crop (`SCHEMA`)
    clips/part-*.parquet    one row a clip of a track, for detectors that look at time; optional
    rejects.parquet         what was left out and why (`REJECTS_SCHEMA`)
    set.json                name, digest, settings and counts

`crop` is a lossless PNG of the 256 px face crop at margin 1.4. `landmarks` are five points,
x and y in turn, in pixels of that crop. `face_size` is in pixels of the media, `seconds` and
`duration` in seconds, `frame` counts frames of the container, `person` tracks of the media.
`phash` is the perceptual hash of the crop, 16 hex digits. Text that is not known is "".

A set is named by the digest of its content: which rows lie in which file, their order and
how Parquet packs them make no difference.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from clarity.errors import ClarityError

Row = dict[str, Any]

SHARDS, CLIPS = "shards", "clips"
"""The tables of a set that come in parts, each in a folder of that name."""

REJECTS_FILE = "rejects.parquet"
FACTS_FILE = "set.json"

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("source", pa.string()),
        ("origin", pa.string()),
        ("manipulation", pa.string()),
        ("generator", pa.string()),
        ("group", pa.string()),
        ("split", pa.string()),
        ("fake", pa.bool_()),
        ("kind", pa.string()),
        ("person", pa.int32()),
        ("frame", pa.int32()),
        ("seconds", pa.float64()),
        ("media_sha256", pa.string()),
        ("media_format", pa.string()),
        ("media_bytes", pa.int64()),
        ("media_width", pa.int32()),
        ("media_height", pa.int32()),
        ("duration", pa.float64()),
        ("face_size", pa.float32()),
        ("landmarks", pa.list_(pa.float32())),
        ("phash", pa.string()),
        ("sex", pa.string()),
        ("skin_tone", pa.string()),
        ("crop", pa.binary()),
    ]
)

REJECTS_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("key", "source", "stage", "code", "reason")]
)

ROWS_A_FILE = 1024
ROWS_A_GROUP = 64
"""Rows that are read or written at once: about 6 MB of crops."""


class ShardDamaged(ClarityError):
    """A file of the set cannot be read whole: truncated, altered, or of another format."""

    status = 422
    code = "shard-damaged"
    hint = "Copy the set again, prepare it again, or restore it with `python -m data restore`."


class SetMissing(ClarityError):
    """The folder holds no prepared set."""

    status = 404
    code = "set-missing"
    hint = "Name the folder that `python -m data prepare` wrote: it has a folder `shards`."


class DigestDiffers(ClarityError):
    """The content is not the content that the digest names."""

    status = 422
    code = "digest-differs"
    hint = "Rows were lost, added or altered. Restore the set with `python -m data restore`."


def write(
    folder: Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    schema: pa.Schema = SCHEMA,
    rows_a_file: int = ROWS_A_FILE,
) -> int:
    """Write rows as `part-*.parquet` into a folder, a part at a time; gives their number.

    A part appears under its name when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    waiting, written = iter(rows), 0
    for number in count():
        part = list(islice(waiting, rows_a_file))
        if not part:
            break
        write_file(folder / f"part-{number:05d}.parquet", part, schema=schema)
        written += len(part)
    return written


def write_file(path: Path, rows: Sequence[Mapping[str, Any]], *, schema: pa.Schema) -> None:
    """Write one Parquet file with checksums; it appears under its name when it is whole."""
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(
        pa.Table.from_pylist(list(rows), schema=schema),
        unfinished,
        row_group_size=ROWS_A_GROUP,
        compression="zstd",
        write_page_checksum=True,
    )
    unfinished.replace(path)


def parts(folder: Path, table: str = SHARDS) -> list[Path]:
    """The files of one table of a set, in order; none where the set lacks the table.

    Raises:
        SetMissing: the folder has no shards.
    """
    found = sorted((folder / table).glob("part-*.parquet"))
    if table == SHARDS and not found:
        raise SetMissing(f"{folder} holds no prepared set")
    return found


def iterate(
    folder: Path, *, table: str = SHARDS, columns: Sequence[str] | None = None
) -> Iterator[Row]:
    """Rows of a set one by one, as dictionaries; a few dozen are in memory at once.

    Args:
        folder: of the set.
        table: `SHARDS` or `CLIPS`.
        columns: read only these; all by default.

    Raises:
        SetMissing: the folder has no shards.
        ShardDamaged: a file is truncated, altered or lacks a column.
    """
    for path in parts(folder, table):
        yield from read_file(path, columns=columns)


def rejects(folder: Path) -> Iterator[Row]:
    """Rows of the rejects table; none where nothing was rejected. Raises as `iterate`."""
    path = folder / REJECTS_FILE
    if path.is_file():
        yield from read_file(path)


def read_file(path: Path, *, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """Rows of one Parquet file, a row group at a time.

    Raises:
        ShardDamaged: it is truncated, altered or lacks a column.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            lacking = set(columns or ()) - set(file.schema_arrow.names)
            if lacking:
                raise ShardDamaged(f"{path} lacks the columns {sorted(lacking)}")
            for batch in file.iter_batches(ROWS_A_GROUP, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ShardDamaged(f"{path} cannot be read: {error}") from error


def content_digest(folder: Path) -> str:
    """SHA-256 that names a set by what it holds, 64 hex digits.

    Each row is hashed by its facts (JSON with sorted names) and the SHA-256 of its crop; the
    set is the hash of these hashes in ascending order, table by table. So it does not depend
    on files, order or packing, and takes 32 bytes a row of memory. Rejects are not part of it.

    Raises:
        SetMissing, ShardDamaged: as `iterate`.
    """
    whole = hashlib.sha256()
    for table in (SHARDS, CLIPS):
        whole.update(f"{table}\n".encode())
        for digest in sorted(row_digest(row) for row in iterate(folder, table=table)):
            whole.update(digest)
    return whole.hexdigest()


def row_digest(row: Mapping[str, Any]) -> bytes:
    """SHA-256 of one row, 32 bytes: facts in JSON, binary values by their own SHA-256."""
    facts = json.dumps(row, sort_keys=True, ensure_ascii=False, default=_fingerprint)
    return hashlib.sha256(facts.encode()).digest()


def read_facts(folder: Path) -> dict[str, Any]:
    """What `set.json` says: name, digest, settings, counts.

    Raises:
        SetMissing: there is no such file.
        ShardDamaged: it is not JSON.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        raise SetMissing(f"{folder} has no {FACTS_FILE}")
    try:
        facts: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        raise ShardDamaged(f"{path} is not JSON: {error}") from error
    return facts


def check_digest(folder: Path, wanted: str) -> None:
    """Read the whole set and compare its digest with the wanted one.

    Raises:
        SetMissing, ShardDamaged: as `iterate`.
        DigestDiffers: it is another.
    """
    found = content_digest(folder)
    if found != wanted:
        raise DigestDiffers(f"{folder} has the digest {found[:12]}, not {wanted[:12]}")


def _fingerprint(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"a row holds a {type(value).__name__}")
