"""Settled items whose owners agreed to training, as a folder that `data.readers.folder` reads.

An item is taken only if everybody who asked experts about it agrees to training now. The folder
is made to hold these alone: who takes the consent back, or erases the item, takes it out of
the folder at the next call. What was trained before stays trained; the consent says so.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clarity.accounts.service import consenting
from clarity.cases.accuracy import SettledItem, settled_items
from clarity.cases.docket import askers
from clarity.database import Database
from clarity.media.sniff import HEAD_BYTES, sniff
from clarity.settings import Settings
from clarity.storage import ObjectMissing, Store

REAL, FAKE = "real", "fake"
OURS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Attributes:
    kept: items in the folder now.
    refused: settled items without the consent of everybody who asked about them.
    gone: agreed to, but erased.
    removed: files that were taken out of the folder.
    """

    kept: int
    refused: int
    gone: int
    removed: int


def gather(settings: Settings, folder: Path) -> Gathered:
    """Make a folder hold the settled items of an installation that may be trained on.

    Args:
        settings: of the installation.
        folder: gets `real` and `fake`; files of earlier calls that are not among them are removed.

    Raises:
        ObjectDamaged: an item is no longer what was settled.
    """
    with _opened(settings, "cases") as cases, cases.read() as session:
        items, asked = settled_items(session), askers(session)
    with _opened(settings, "accounts") as accounts, accounts.read() as session:
        agreed = consenting(session)
    allowed = [one for one in items if may_train(one, asked, agreed)]
    return _fill(folder, allowed, Store(settings.store), refused=len(items) - len(allowed))


def may_train(
    item: SettledItem, asked: Mapping[str, Collection[str]], agreed: Collection[str]
) -> bool:
    """Whether somebody who agrees asked about the item, and nobody who does not.

    Args:
        item: settled.
        asked: digest of an item -> accounts that asked experts about it.
        agreed: accounts that agree to training.
    """
    owners = asked.get(item.media, ())
    return bool(owners) and all(owner in agreed for owner in owners)


@contextmanager
def _opened(settings: Settings, service: str) -> Iterator[Database]:
    database = Database(settings.database(service), package=f"clarity.{service}")
    try:
        database.upgrade()
        yield database
    finally:
        database.close()


def _fill(folder: Path, allowed: Sequence[SettledItem], store: Store, *, refused: int) -> Gathered:
    for name in (REAL, FAKE):
        (folder / name).mkdir(parents=True, exist_ok=True)
    found = [path for one in allowed if (path := _file(one, store, folder)) is not None]
    # Files of other names are not from here, and are left alone.
    ours = {
        path
        for name in (REAL, FAKE)
        for path in (folder / name).iterdir()
        if OURS.fullmatch(path.stem)
    }
    stale = ours - set(found)
    for path in stale:
        path.unlink()
    return Gathered(len(found), refused, gone=len(allowed) - len(found), removed=len(stale))


def _file(item: SettledItem, store: Store, folder: Path) -> Path | None:
    place = folder / (FAKE if item.fake else REAL)
    try:
        path = store.checkout(item.media, place)
    except ObjectMissing:
        return None
    with path.open("rb") as file:
        extension = sniff(file.read(HEAD_BYTES)).extension
    return path.rename(path.with_suffix(extension))
