"""Searching an installation for what must not be in it: databases cell by cell, files whole.

Everything is found whether in capitals or not, and read once for all that is searched for.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

Found = dict[str, set[str]]
"""Places by what was found there; nothing else is named."""


def in_databases(folder: Path, *needles: str) -> Found:
    """Every `database.table.column` below a folder with a cell that contains a text."""
    found: Found = defaultdict(set)
    files = sorted(folder.rglob("*.sqlite"))
    assert files, f"no database below {folder}"
    for path in files:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            for place, cell in _cells(database):
                for needle in needles:
                    if needle.lower().encode() in cell:
                        found[needle].add(f"{path.stem}.{place}")
    return dict(found)


def _cells(database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    database.text_factory = bytes
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in tables:
        table = name.decode()
        cursor = database.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in cursor.description]
        for row in cursor:
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, bytes):
                    yield f"{table}.{column}", value.lower()


def in_files(folders: Iterable[Path], *needles: str) -> Found:
    """Every file below the folders whose name or content has a text, plain or quoted as in an
    address."""
    wanted = {needle: _spellings(needle) for needle in needles}
    found: Found = defaultdict(set)
    for folder in folders:
        for path in folder.rglob("*"):
            content = path.name.lower().encode() + b"\n" + _content(path)
            for needle, spellings in wanted.items():
                if any(spelling in content for spelling in spellings):
                    found[needle].add(str(path.relative_to(folder)))
    return dict(found)


def has_bytes(folders: Iterable[Path], piece: bytes) -> bool:
    """Whether any file below the folders has a piece of a picture in it."""
    files = (path for folder in folders for path in folder.rglob("*"))
    return any(piece.lower() in _content(path) for path in files)


def _spellings(text: str) -> set[bytes]:
    return {spelling.lower().encode() for spelling in (text, quote(text, safe=""))}


def _content(path: Path) -> bytes:
    if not path.is_file() or path.is_symlink():
        return b""
    try:
        return path.read_bytes().lower()
    except FileNotFoundError:
        return b""  # It went while we looked.
