"""The digest that names a prepared set: SHA-256 of what it holds.

It does not depend on which row lies in which file, on the order of rows or on how Parquet
packs them, and rejects are not part of it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from clarity.errors import ClarityError
from data.reading import clips, crops


class DigestDiffers(ClarityError):
    """The content is not the content that the digest names."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "digest-differs"
    hint = "Rows were lost, added or altered: prepare the set again, or restore a version of it."


def content_digest(folder: Path) -> str:
    """The digest of a set in 64 hex digits; takes 32 bytes of memory a row.

    The hashes of all rows in ascending order, table by table, are hashed.

    Raises:
        SetMissing, ShardDamaged: the set cannot be read whole.
    """
    return set_digest(map(row_digest, crops(folder)), map(row_digest, clips(folder)))


def set_digest(crop_digests: Iterable[bytes], clip_digests: Iterable[bytes]) -> str:
    """The digest of a set whose rows have these digests, in any order."""
    whole = hashlib.sha256()
    for name, digests in (("crops", crop_digests), ("clips", clip_digests)):
        whole.update(name.encode())
        for digest in sorted(digests):
            whole.update(digest)
    return whole.hexdigest()


def row_digest(row: Mapping[str, Any]) -> bytes:
    """SHA-256 of one row, 32 bytes: its facts in JSON, each picture by its own SHA-256."""
    facts = json.dumps(row, sort_keys=True, ensure_ascii=False, default=_fingerprint)
    return hashlib.sha256(facts.encode()).digest()


def check_digest(folder: Path, wanted: str) -> None:
    """Read a whole set and compare its digest with the wanted one.

    Raises:
        SetMissing, ShardDamaged: the set cannot be read whole.
        DigestDiffers: it is another.
    """
    found = content_digest(folder)
    if found != wanted:
        raise DigestDiffers(f"{folder} has the digest {found[:12]}…, not {wanted[:12]}…")


def _fingerprint(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"a row holds a {type(value).__name__}")
