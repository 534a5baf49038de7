"""Validate a candidate against the release at work, and put it in its place or refuse it.

    python -m train promote var/candidates/efficientnet_lite0/20261125-1234abcd --manifest CSV

Both are measured on the same locked items in one pass: an item is decoded once, its faces are
found once, and both releases judge the very same crops.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from clarity.clock import Clock, now
from clarity.detectors import artefact, registry
from clarity.detectors.artefact import ReleaseExists, ReleaseMissing
from clarity.detectors.card import Card
from clarity.errors import ClarityError
from clarity.promotions import service
from clarity.promotions.loaded import load_tested
from clarity.promotions.rules import (
    BARS,
    Act,
    Bars,
    Promotion,
    objections,
    settled_objections,
    target,
)
from clarity.promotions.shelf import Exact, Shelf, checked_name, verified
from data.items import Item
from train.evaluate import Progress, evaluate_folders
from train.provenance import items_digest
from train.release import point_at
from train.settled import SettledTests

Figures = Mapping[str, float]
Measure = Callable[[Sequence[Item], Mapping[str, Path]], Mapping[str, Figures]]
"""Items, and releases by name -> each one's figures by a card's dotted names."""

NO_ITEMS = SettledTests([])

CANDIDATE, AT_WORK = "candidate", "at_work"


class CandidateRefused(ClarityError):
    """The candidate does worse than the release at work, or than it must."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "candidate-refused"
    hint = "The release at work goes on. Train further, or look at the evaluation report."


class LockedItemsDiffer(ClarityError):
    """The candidate is to be measured on other items than the release before it was."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "locked-items-differ"
    hint = "Use the same manifest, or say --new-items: both are then measured on the new ones."


def promote(
    candidate: Path,
    items: Sequence[Item],
    *,
    shelf: Shelf,
    by: str,
    reason: str,
    bars: Bars = BARS,
    settled: SettledTests = NO_ITEMS,
    new_items: bool = False,
    measure: Measure | None = None,
    progress: Progress = lambda done, total: None,
    clock: Clock = now,
) -> Promotion:
    """Put a candidate to work if it passes; otherwise nothing is changed.

    Args:
        candidate: release folder.
        items: the locked set, same for both.
        shelf: the installation's releases.
        by, reason: written down.
        bars: what to hold it against.
        settled: items that experts settled, and what they ask of a candidate.
        new_items: the items may be others than those of the last promotion.
        measure: takes the figures; by default `train.evaluate.evaluate_folders`.

    Raises:
        ReleaseMissing, ReleaseDamaged, SelfTestFailed: the candidate's files are at fault.
        ReleaseExists: another release of that name was at work before.
        LockedItemsDiffer: the items are not those of last time, without `new_items`.
        CandidateRefused: what `clarity.promotions.rules.objections` and `settled_objections`
            found.
        PromotedMeanwhile: somebody else was faster.
    """
    card = artefact.read(verified(candidate)).card
    name = card.name
    history = shelf.history(name)
    present = _at_work(shelf, name)
    digest = items_digest(items)
    if not new_items:
        _refuse_other_items(digest, history)
    exact = shelf.put(candidate)
    _refuse_taken(exact, [*((Exact(line.release, line.card_digest)) for line in history), present])
    # what will be loaded is the stored copy, so it is what must pass
    load_tested(shelf, name, exact)
    folders = {CANDIDATE: shelf.folder(name, exact)}
    if present:
        folders[AT_WORK] = shelf.folder(name, present)
    figures = (measure or _measured(progress))(items, folders)
    against = objections(figures[CANDIDATE], figures.get(AT_WORK), bars)
    on_settled = settled.right(folders)
    against += settled_objections(on_settled.get(AT_WORK), on_settled[CANDIDATE], settled.policy)
    if against:
        raise CandidateRefused(f"{card.release} is refused: {'; '.join(against)}.")
    told: dict[str, Any] = {"by": by, "at": clock()}
    with shelf.ledger.write() as session:
        after = len(history)
        if present and not history:
            # kept in the store from now on, so that it can be rolled back to for ever
            first = shelf.put(folders[AT_WORK])
            why = "came with the code"
            _record(session, name, Act.ADOPT, first, **told, reason=why, after=after)
            after += 1
        told |= {
            "grounds": {
                "items": digest,
                "figures": figures,
                "settled": settled.grounds(on_settled),
            }
        }
        return _record(session, name, Act.PROMOTE, exact, **told, reason=reason, after=after)


def roll_back(
    name: str,
    release: str | None = None,
    *,
    shelf: Shelf,
    by: str,
    reason: str,
    clock: Clock = now,
) -> Promotion:
    """Put an earlier release to work again, once its stored files have passed the self-test.

    Args:
        release: by default the one before; see `clarity.promotions.rules.target`.

    Raises:
        NothingEarlier: there is none.
        ReleaseMissing, ReleaseDamaged, SelfTestFailed: its files are no longer good.
    """
    history = shelf.history(name)
    line = target(history, release)
    exact = Exact(line.release, line.card_digest)
    load_tested(shelf, name, exact)
    with shelf.ledger.write() as session:
        told = {"by": by, "reason": reason, "at": clock(), "after": len(history)}
        return _record(session, name, Act.ROLL_BACK, exact, **told)


def ship(folder: Path, *, root: Path = registry.RELEASES) -> Path:
    """Copy a promoted release into the package, as what a fresh clone starts with.

    Raises:
        ReleaseExists: a release of that name lies there.
    """
    card = Card.read(verified(folder))
    target = root / card.name / checked_name(card.release)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, target)
    elif Card.read(target) != card:
        raise ReleaseExists(f"{target} holds another release")
    point_at(target)
    return target


def _refuse_other_items(digest: str, history: Sequence[Promotion]) -> None:
    locked = [line.grounds["items"] for line in history if "items" in line.grounds]
    if locked and locked[-1] != digest:
        raise LockedItemsDiffer(f"The locked items have digest {locked[-1]}, these have {digest}.")


def _at_work(shelf: Shelf, name: str) -> Exact | None:
    try:
        return shelf.at_work(name)
    except ReleaseMissing:
        return None


def _refuse_taken(exact: Exact, known: Sequence[Exact | None]) -> None:
    for one in known:
        if one and one.release == exact.release and one != exact:
            raise ReleaseExists(f"another release called {exact.release} was at work before")
    if known and known[-1] == exact:
        raise ReleaseExists(f"{exact.release} is at work already")


def _measured(progress: Progress) -> Measure:
    def measure(items: Sequence[Item], folders: Mapping[str, Path]) -> Mapping[str, Figures]:
        results = evaluate_folders(items, folders, progress=progress)
        return {name: result.figures() for name, result in results.items()}

    return measure


def _record(session: Any, name: str, act: Act, exact: Exact, **told: Any) -> Promotion:
    return service.record(
        session, name, act=act, release=exact.release, card_digest=exact.card_digest, **told
    )
