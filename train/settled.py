"""Items that experts settled: every later release is held against them before it is promoted.

They lie in the installation's object store for as long as their owners keep them. What a
release is asked is a setting, `CLARITY_SETTLED_POLICY`; see `clarity.promotions.rules`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from clarity.cases.accuracy import SettledItem, is_right, settled_items
from clarity.database import Database
from clarity.media.frames import MediaKind
from clarity.media.sniff import HEAD_BYTES, sniff
from clarity.promotions.rules import SettledPolicy
from clarity.settings import Settings, load_settings
from clarity.storage import ObjectMissing, Store
from data.items import Item
from train.evaluate import judged

Scores = Mapping[str, Sequence[float | None]]
Score = Callable[[Sequence[Item], Mapping[str, Path]], Scores]
"""Items, and releases by name -> each one's confidences, in the items' order."""

ASKS = {
    SettledPolicy.NO_NEW_MISTAKES: "a candidate must be right where the release at work is",
    SettledPolicy.EVERY_CASE: "a candidate must be right on every one",
}


def _scores(items: Sequence[Item], folders: Mapping[str, Path]) -> Scores:
    outcomes = judged(items, folders)
    return {name: [outcome.scores.get(name) for outcome in outcomes] for name in folders}


@dataclass(frozen=True, slots=True)
class SettledTests:
    """Attributes:
    items: that can be judged now; their keys are digests.
    gone: settled items that their owners have erased.
    policy: what they ask of a candidate.
    score: takes the confidences.
    """

    items: Sequence[Item]
    gone: int = 0
    policy: SettledPolicy = SettledPolicy.NO_NEW_MISTAKES
    score: Score = _scores

    def right(self, folders: Mapping[str, Path]) -> dict[str, dict[str, bool]]:
        """Release by name -> item -> whether it is right about it."""
        if not self.items:
            return {name: {} for name in folders}
        scores = self.score(self.items, folders)
        return {
            name: {
                item.key: is_right(confidence, fake=item.fake)
                for item, confidence in zip(self.items, scores[name], strict=True)
            }
            for name in folders
        }

    def grounds(self, right: Mapping[str, Mapping[str, bool]]) -> dict[str, object]:
        """What is written down of a promotion that they allowed."""
        wrong = {
            name: sorted(k for k, good in of.items() if not good) for name, of in right.items()
        }
        return {"policy": self.policy.value, "items": len(self.items), "wrong": wrong}

    def told(self) -> str:
        """How many there are and what they ask, for who promotes."""
        erased = f" ({self.gone} more were erased by their owners)" if self.gone else ""
        return (
            f"settled items: {len(self.items)}{erased}; policy {self.policy}: "
            f"{ASKS[self.policy]} (CLARITY_SETTLED_POLICY)"
        )


@contextmanager
def settled_tests(settings: Settings | None = None) -> Iterator[SettledTests]:
    """The settled items of an installation, as files that last as long as the context."""
    settings = settings or load_settings()
    database = Database(settings.database("cases"), package="clarity.cases")
    try:
        database.upgrade()
        with database.read() as session:
            known = settled_items(session)
    finally:
        database.close()
    with TemporaryDirectory(prefix="clarity-settled-") as folder:
        yield collect(
            known, Store(settings.store), Path(folder), SettledPolicy(settings.settled_policy)
        )


def collect(
    known: Sequence[SettledItem], store: Store, folder: Path, policy: SettledPolicy
) -> SettledTests:
    """Settled items as files in a folder.

    Raises:
        ObjectDamaged: an item is no longer what was settled.
    """
    found = [item for one in known if (item := _item(one, store, folder)) is not None]
    return SettledTests(found, gone=len(known) - len(found), policy=policy)


def _item(known: SettledItem, store: Store, folder: Path) -> Item | None:
    try:
        path = store.checkout(known.media, folder)
    except ObjectMissing:
        return None
    return Item(
        key=known.media,
        path=path,
        fake=known.fake,
        # Which one it was is not told by the verdict, and nothing here asks for it.
        manipulation="" if known.fake else "none",
        source="settled cases",
        origin=f"verdict {known.verdict}",
        group=known.media,
        split="",
        kind=_kind(path),
    )


def _kind(path: Path) -> MediaKind:
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES)).kind
