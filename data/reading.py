"""Read a prepared set as dictionaries, row by row; a damaged file is named with its reason."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from clarity.errors import ClarityError
from data.shards import CLIPS, REJECTS_FILE, SHARDS, SetMissing, parts

Row = dict[str, Any]

ROWS_AT_ONCE = 64
"""Rows in memory: about 6 MB of crops."""


class ShardDamaged(ClarityError):
    """A file of the set cannot be read whole: truncated, altered, or of another format."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "shard-damaged"
    hint = "Copy or prepare the set again, or get it back with `python -m data restore DIGEST`."


def crops(folder: Path, *, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """The rows of a set's face crops, in the order of the files.

    Args:
        folder: of the set.
        columns: read only these; all by default.

    Raises:
        SetMissing: the folder has no shards.
        ShardDamaged: a file is truncated, altered or lacks a column.
    """
    files = parts(folder, SHARDS)
    if not files:
        raise SetMissing(f"{folder} has no shards")
    for path in files:
        yield from read_file(path, columns=columns)


def clips(folder: Path) -> Iterator[Row]:
    """The rows of a set's clips; none where it has no clips. Raises `ShardDamaged`."""
    for path in parts(folder, CLIPS):
        yield from read_file(path)


def rejects(folder: Path) -> Iterator[Row]:
    """What was left out and why; none where there is no such table. Raises `ShardDamaged`."""
    path = folder / REJECTS_FILE
    if path.is_file():
        yield from read_file(path)


def read_file(path: Path, *, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """Rows of one Parquet file, a few dozen at a time.

    Raises:
        ShardDamaged: it is truncated, altered or lacks a column.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            lacking = set(columns or ()) - set(file.schema_arrow.names)
            if lacking:
                raise ShardDamaged(f"{path} lacks the columns {', '.join(sorted(lacking))}")
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ShardDamaged(f"{path} cannot be read: {error}") from error
