"""Versions of prepared sets with DVC: recorded by digest, restored exactly.

A version is a metafile `data/versions/NAME-DIGEST.dvc` in the git repository; commit it like
code. The rows themselves go to DVC's remote: `var/dvc-remote` by default, and in production

    python -m data remote gs://BUCKET/FOLDER     (data/remote.py)

Plain DVC understands the metafiles too (`dvc pull data/versions/NAME-DIGEST.dvc`). Neither
DVC's usage statistics nor any configuration outside the repository is touched.
"""

import logging
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from clarity.errors import ClarityError
from data.digest import check_digest
from data.shards import CLIPS, REJECTS_FILE, SET_FILE, SHARDS, read_set

METAFILES = Path("data/versions")
DIGITS = 12
"""Digits of the digest in a metafile's name."""

REMOTE = "versions"

CONFIGURATION = f"""\
[core]
    analytics = false
    check_update = false
    remote = {REMOTE}
['remote "{REMOTE}"']
    url = ../var/dvc-remote
"""


class NoRepository(ClarityError):
    """Versions are files of a git repository, and there is none."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "no-repository"
    hint = "Change into a git repository (or make one with `git init`): it keeps the metafiles."


class VersionUnknown(ClarityError):
    """No metafile, or more than one, has a digest that begins like this."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "version-unknown"
    hint = "`python -m data versions` lists what is recorded; check out a commit that has it."


class VersionDamaged(ClarityError):
    """DVC's remote no longer holds what was recorded."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "version-damaged"
    hint = "Fetch it from another remote, or record the set again where a copy is left."


class TargetTaken(ClarityError):
    """The folder to restore into exists already."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "target-taken"
    hint = "Name a folder that does not exist yet."


class RemoteUnusable(ClarityError):
    """DVC could not read from or write to its remote."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "remote-unusable"
    hint = (
        "`dvc remote list` shows the address. gs:// needs the package dvc-gs and credentials: "
        "`gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS."
    )


@dataclass(frozen=True, slots=True)
class Version:
    """A recorded set.

    Attributes:
        digest: of its content, 64 hex digits.
        name: of the set.
        recorded: when, ISO 8601 in UTC.
        counts: items, crops, clips, rejects.
        size: bytes of all files.
        metafile: the `.dvc` file.
    """

    digest: str
    name: str
    recorded: str
    counts: dict[str, int]
    size: int
    metafile: Path


def record(folder: Path, *, repository: Path = Path()) -> Version:
    """Copy a set to the remote and write its metafile; the same set twice is one version.

    Args:
        folder: of the set, anywhere.
        repository: a folder in the git repository that keeps the metafile.

    Raises:
        NoRepository: `repository` is in none.
        SetMissing, ShardDamaged: the set cannot be read whole.
        DigestDiffers: its rows are not those that `set.json` names.
        RemoteUnusable: the copy failed.
    """
    root = find_repository(repository)
    facts = read_set(folder)
    check_digest(folder, facts.digest)
    known = [version for version in list_versions(root) if version.digest == facts.digest]
    if known:
        return known[0]
    target = root / METAFILES / f"{facts.name}-{facts.digest[:DIGITS]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_dvc(root) as dvc, _content_of(folder) as content:
        (stage,) = dvc.add(str(content), out=str(target), to_remote=True)
        stage.meta = {
            "name": facts.name,
            "digest": facts.digest,
            "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
            "counts": dict(facts.counts),
        }
        stage.dump()
    return _read(Path(stage.path))


def list_versions(repository: Path = Path()) -> list[Version]:
    """All recorded versions of the checked-out commit, oldest first.

    Raises:
        NoRepository: `repository` is in none.
    """
    root = find_repository(repository)
    found = [_read(path) for path in (root / METAFILES).glob("*.dvc")]
    return sorted(found, key=lambda version: (version.recorded, version.digest))


def find_version(digest: str, *, repository: Path = Path()) -> Version:
    """The version whose digest begins with these digits.

    Raises:
        NoRepository: `repository` is in none.
        VersionUnknown: no version, or several.
    """
    found = [each for each in list_versions(repository) if each.digest.startswith(digest)]
    if len(found) != 1 or not digest:
        raise VersionUnknown(f"{len(found) or 'no'} recorded versions begin with {digest!r}")
    return found[0]


def restore(digest: str, out: Path, *, repository: Path = Path()) -> Version:
    """Get a version back into a new folder and check that its digest is the same.

    Args:
        digest: its first digits suffice.
        out: a folder that does not exist; it appears only when all is well.

    Raises:
        NoRepository, VersionUnknown: see `find_version`.
        TargetTaken: `out` exists.
        RemoteUnusable: the remote cannot be read, or lacks the version.
        VersionDamaged: what came back is not what was recorded.
    """
    version = find_version(digest, repository=repository)
    if out.exists():
        raise TargetTaken(f"{out} exists already")
    out.parent.mkdir(parents=True, exist_ok=True)
    arriving = out.parent / f".{out.name}-{uuid.uuid4().hex}"
    try:
        _download(version, arriving, find_repository(repository))
        _check(arriving, version)
        arriving.rename(out)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return version


def find_repository(folder: Path) -> Path:
    """Root of the git repository that a folder is in.

    Raises:
        NoRepository: it is in none.
    """
    asked = subprocess.run(
        ["git", "rev-parse", "--show-toplevel"], cwd=folder, capture_output=True, text=True
    )
    if asked.returncode:
        raise NoRepository(f"{folder.absolute()} is not in a git repository")
    return Path(asked.stdout.strip())


def _read(metafile: Path) -> Version:
    import yaml

    content = yaml.safe_load(metafile.read_text())
    return Version(**content["meta"], size=content["outs"][0]["size"], metafile=metafile)


def _download(version: Version, out: Path, root: Path) -> None:
    path = version.metafile.with_suffix("").relative_to(root)
    with open_dvc(root) as dvc:
        dvc.get(str(root), str(path), out=str(out))


def _check(folder: Path, version: Version) -> None:
    try:
        check_digest(folder, version.digest)
    except ClarityError as error:
        raise VersionDamaged(
            f"the stored copy of {version.digest[:DIGITS]}… is damaged: {error.message}"
        ) from error


@contextmanager
def open_dvc(root: Path) -> Iterator[Any]:
    """The repository of DVC, made at the first use; its errors become `RemoteUnusable`."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    logging.getLogger("dvc").setLevel(logging.ERROR)
    try:
        if not (root / ".dvc").is_dir():
            Repo.init(str(root)).close()
            (root / ".dvc" / "config").write_text(CONFIGURATION)
        with Repo(str(root)) as repo:
            yield repo
    except (DvcException, OSError, *_bucket_errors()) as error:
        raise RemoteUnusable(f"DVC: {error}") from error


def _bucket_errors() -> tuple[type[Exception], ...]:
    """What Google's client raises and DVC lets through; asked for only when something failed."""
    if "gcsfs" not in sys.modules:
        return ()
    from gcsfs.retry import HttpError
    from google.auth.exceptions import GoogleAuthError

    return HttpError, GoogleAuthError


@contextmanager
def _content_of(folder: Path) -> Iterator[Path]:
    """The set without what a resumed preparation keeps beside it, as hard links."""
    linked = folder.parent / f".{folder.name}-{uuid.uuid4().hex}"
    try:
        for name in (SHARDS, CLIPS, REJECTS_FILE, SET_FILE):
            for path in sorted((folder / name).rglob("*.parquet")) or [folder / name]:
                if path.is_file():
                    target = linked / path.relative_to(folder)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.link(path, target)
        yield linked
    finally:
        shutil.rmtree(linked, ignore_errors=True)
