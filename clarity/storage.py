"""Content-addressed storage on any fsspec file system: a folder, `gs://`, memory.

An object's name is the SHA-256 of its bytes. It is written whole or not at all, never
changed, and checked whenever it is read.
"""

import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, ClassVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from clarity.errors import ClarityError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1024 * 1024


class ObjectMissing(ClarityError):
    """No object of that digest is stored."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "object-missing"
    hint = "It was never stored, or it was removed. Scan the item again."


class ObjectDamaged(ClarityError):
    """The stored bytes are no longer those that were written."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "object-damaged"
    hint = "Scan the item again; the operator should look at the disk or the bucket."


class Incoming:
    """Bytes on their way into the store; they become an object at `commit`."""

    def __init__(self, path: Path, store: "Store") -> None:
        self._path = path
        self._store = store
        self._file: BinaryIO = path.open("wb")
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def digest(self) -> str:
        """SHA-256 in hex of the bytes so far."""
        return self._hash.hexdigest()

    def commit(self) -> str:
        """Make the bytes durable under their digest, which is returned."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._store._take(self._path, self.digest)
        return self.digest

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


class Store:
    """Objects by digest.

    Args:
        url: of an fsspec file system and a folder in it, such as `file:///var/store`.
    """

    def __init__(self, url: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """Open a place to write bytes of yet unknown digest; nothing is left without commit."""
        with self._workplace() as folder:
            incoming = Incoming(folder / uuid.uuid4().hex, self)
            try:
                yield incoming
            finally:
                incoming.close()

    def put_bytes(self, content: bytes) -> str:
        """Store bytes; the same bytes twice are one object."""
        with self.incoming() as incoming:
            incoming.write(content)
            return incoming.commit()

    def put_file(self, path: Path) -> str:
        """Store a copy of a file; the same content twice is one object."""
        with self.incoming() as incoming, path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                incoming.write(chunk)
            return incoming.commit()

    def has(self, digest: str) -> bool:
        return bool(self._fs.exists(self._name(digest)))

    def get(self, digest: str) -> bytes:
        """The object's bytes.

        Raises:
            ObjectMissing: there is none.
            ObjectDamaged: they do not have this digest any more.
        """
        with self._reading(digest) as file:
            content = file.read()
        _check(hashlib.sha256(content).hexdigest(), digest)
        return bytes(content)

    def checkout(self, digest: str, folder: Path) -> Path:
        """A checked private copy of the object as a file in `folder`; raises as `get`."""
        path = folder / digest
        seen = hashlib.sha256()
        with self._reading(digest) as file, path.open("wb") as copy:
            while chunk := file.read(_CHUNK):
                seen.update(chunk)
                copy.write(chunk)
        _check(seen.hexdigest(), digest)
        return path

    def remove(self, digest: str) -> None:
        """Remove an object; it is no error when there is none."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._name(digest))

    def sweep(self, *, older_than: float) -> int:
        """Remove what writers that died left behind, `older_than` seconds ago or more."""
        limit = time.time() - older_than
        removed = 0
        if self._local:
            for path in (Path(self._root) / "incoming").glob("*"):
                if path.stat().st_mtime < limit:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _name(self, digest: str) -> str:
        # Digests reach this point from addresses: nothing else may become a path.
        if not _DIGEST.fullmatch(digest):
            raise ObjectMissing("That is not the digest of an object.")
        return f"{self._root}/{digest[:2]}/{digest}"

    @contextmanager
    def _workplace(self) -> Iterator[Path]:
        """Where incoming bytes wait: beside a local store, so that moving them is atomic."""
        if self._local:
            folder = Path(self._root) / "incoming"
            folder.mkdir(parents=True, exist_ok=True)
            yield folder
        else:
            with TemporaryDirectory(prefix="clarity-") as temporary:
                yield Path(temporary)

    def _take(self, path: Path, digest: str) -> None:
        name = self._name(digest)
        if self._fs.exists(name):
            return
        if self._local:
            target = Path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            _sync_folder(target.parent)
        else:
            # Object stores make a whole upload visible at once, so this is atomic too.
            self._fs.put_file(str(path), name)

    @contextmanager
    def _reading(self, digest: str) -> Iterator[BinaryIO]:
        try:
            file = self._fs.open(self._name(digest), "rb")
        except FileNotFoundError as error:
            raise ObjectMissing(f"No object {digest[:12]}… is stored.") from error
        with file:
            yield file


def _check(seen: str, wanted: str) -> None:
    if seen != wanted:
        raise ObjectDamaged(f"The stored object {wanted[:12]}… is damaged.")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
