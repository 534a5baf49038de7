"""Where an installation finds its releases: promoted ones in the object store, else the package's.

A release in the store is named by the digest of its card alone: the card names the digests of
the other files, and an object's name is its digest. `Shelf.folder` brings one to this machine.
"""

import hashlib
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

from sqlalchemy import make_url

from clarity.database import Database
from clarity.detectors import artefact, registry
from clarity.detectors.artefact import FILES, MODEL_FILES, ReleaseDamaged, ReleaseMissing
from clarity.detectors.card import Card
from clarity.errors import ClarityError
from clarity.promotions import service
from clarity.promotions.rules import Promotion
from clarity.settings import Settings
from clarity.storage import ObjectDamaged, ObjectMissing, Store

CARD_FILE = "card.json"
LEDGER = "promotions"
"""Name of the service that the ledger's database is of."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BadReleaseName(ClarityError):
    """A release's name must be fit for a folder and a table."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "bad-release-name"
    hint = "Use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first."


@dataclass(frozen=True, slots=True)
class Exact:
    """A release and the one card it must have.

    Attributes:
        release: its name, for people.
        card_digest: SHA-256 of the card's bytes.
    """

    release: str
    card_digest: str


class Shelf:
    """The releases of an installation.

    Args:
        ledger: database of promotions.
        store: holds the files of every release that ever was at work.
        local: folder on this machine for copies out of the store.
        packaged: folder of the releases that came with the code.
    """

    def __init__(self, ledger: Database, store: Store, *, local: Path, packaged: Path) -> None:
        self.ledger = ledger
        self._store = store
        self._local = local
        self._packaged = packaged

    def upgrade(self) -> None:
        """Bring the ledger to its newest revision."""
        self.ledger.upgrade()

    def close(self) -> None:
        self.ledger.close()

    def history(self, name: str) -> Sequence[Promotion]:
        """What was at work, oldest first; empty where only the package's release ever was.

        Raises:
            UnknownDetector: no such name.
        """
        registry.entry(name)
        with self.ledger.read() as session:
            return service.history(session, name)

    def at_work(self, name: str) -> Exact:
        """The release that answers now: the last promoted one, else the package's.

        Raises:
            UnknownDetector, ReleaseMissing: as they say.
            sqlalchemy.exc.SQLAlchemyError: the ledger does not answer.
        """
        with self.ledger.read() as session:
            line = service.in_force(session, name)
        return Exact(line.release, line.card_digest) if line else self.in_package(name)

    def in_package(self, name: str) -> Exact:
        """The release that came with the code; raises as `at_work`."""
        folder = registry.release_folder(name, root=self._packaged)
        return Exact(artefact.read(folder).card.release, card_digest(folder))

    def earlier(self, name: str) -> Sequence[Exact]:
        """Everything that may answer, best first: at work, before that, and the package's."""
        lines = [Exact(line.release, line.card_digest) for line in reversed(self.history(name))]
        with suppress(ReleaseMissing, ReleaseDamaged):
            lines.append(self.in_package(name))
        return list(dict.fromkeys(lines))

    def named(self, name: str, release: str) -> Exact:
        """The release of that name which was at work last, or lies in the package.

        Raises:
            ReleaseMissing: there is none.
        """
        for line in self.earlier(name):
            if line.release == release:
                return line
        folder = registry.release_folder(name, checked_name(release), root=self._packaged)
        return Exact(release, card_digest(folder))

    def folder(self, name: str, wanted: Exact) -> Path:
        """Folder of a release on this machine, every file of it compared with the card.

        Raises:
            ReleaseMissing, ReleaseDamaged: it is not in the store as it was put there.
        """
        packaged = self._packaged / name / wanted.release
        if (packaged / CARD_FILE).is_file() and card_digest(packaged) == wanted.card_digest:
            return packaged
        folder = self._local / wanted.card_digest
        if folder.is_dir():
            try:
                return verified(folder)
            except (ReleaseMissing, ReleaseDamaged):
                shutil.rmtree(folder)  # a copy; the store has the original
        return self._fetch(wanted, folder)

    def put(self, folder: Path) -> Exact:
        """Keep a release for ever.

        Raises:
            BadReleaseName, ReleaseMissing, ReleaseDamaged: as they say.
        """
        release = artefact.read(verified(folder))
        checked_name(release.card.release)
        for file in _files(release.card):
            self._store.put_file(folder / file)
        return Exact(release.card.release, self._store.put_file(folder / CARD_FILE))

    def _fetch(self, wanted: Exact, folder: Path) -> Path:
        self._local.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".", dir=self._local))
        try:
            self._store.checkout(wanted.card_digest, draft).rename(draft / CARD_FILE)
            for name in _files(card := artefact.read(draft).card):
                self._store.checkout(card.digests[name], draft).rename(draft / name)
            with suppress(OSError):  # another process was faster: its copy is as good
                draft.rename(folder)
        except ObjectMissing as error:
            raise ReleaseMissing(f"The store lacks a file of {wanted.release}.") from error
        except ObjectDamaged as error:
            raise ReleaseDamaged(f"A stored file of {wanted.release} is damaged.") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return verified(folder)


def has_promoted(settings: Settings) -> bool:
    """Whether there is a ledger to ask; without leaving a trace where there is none."""
    path = make_url(settings.database(LEDGER)).database or ""
    return bool(settings.database_url) or Path(path).is_file()


def open_shelf(settings: Settings) -> Shelf:
    """The releases of an installation. Connects to nothing yet."""
    return Shelf(
        Database(settings.database(LEDGER), package="clarity.promotions"),
        Store(settings.store),
        local=settings.home / "releases",
        packaged=settings.releases or registry.RELEASES,
    )


def card_digest(folder: Path) -> str:
    """SHA-256 of the bytes of a release's card.

    Raises:
        ReleaseMissing: there is no card.
    """
    try:
        return hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise ReleaseMissing(f"there is no release in {folder}") from error


def verified(folder: Path) -> Path:
    """The folder, after comparing all its files with the card.

    Raises:
        ReleaseMissing, ReleaseDamaged: a file is absent, or not the one of the card.
    """
    release = artefact.read(folder)
    release.verified(*MODEL_FILES, *_files(release.card))
    return folder


def checked_name(release: str) -> str:
    """The name of a release, once it is known to be harmless as part of a path.

    Raises:
        BadReleaseName: it is not.
    """
    if not _NAME.fullmatch(release):
        raise BadReleaseName(f"{release[:80]!r} is no name for a release.")
    return release


def _files(card: Card) -> list[str]:
    return [name for name in FILES if name in card.digests]
