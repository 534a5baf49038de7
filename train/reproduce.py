"""Measure a release once more, or train it once more, and say whether the same comes out.

    python -m train reproduce 20261125-25b79713 --manifest CSV
    python -m train reproduce 20261125-25b79713 --manifest CSV --retrain

Measuring takes the command, the items and the path that made the card's figures, so every figure
must be equal on the machine class that made them. Training again promises less: TensorFlow adds
up in whatever order its threads finish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np

from clarity.detectors import artefact, registry
from clarity.detectors import parameters as flat
from clarity.detectors.artefact import PARAMETERS_FILE, ReleaseMissing
from clarity.detectors.card import Card, Provenance
from clarity.errors import ClarityError
from clarity.promotions.shelf import Shelf
from data.items import Item
from train.evaluate import Progress, evaluate_folders
from train.provenance import code_digest, environment_digest, items_digest, settings_digest

MEASURED = ("overall.", "manipulation.", "source.")
"""Beginnings of the names of figures that `python -m train evaluate` makes."""


class OtherItems(ClarityError):
    """These are not the items that the card's figures were measured on."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "other-items"
    hint = "Restore the version of the data whose digest the card names, or another manifest."


class CannotRetrain(ClarityError):
    """What made the release is not what is here."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "cannot-retrain"
    hint = "Check out the commit and restore the data that are named, then ask again."


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that came out otherwise; None where one side lacks it."""

    name: str
    card: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Attributes:
    same_items: whether the card names the digest of these items; None if it names none.
    figures: how many were compared.
    differences: those that are not equal, to the card's four digits.
    """

    same_items: bool | None
    figures: int
    differences: Sequence[Difference]


def find(shelf: Shelf, release: str) -> Path:
    """Folder of a release by its name, or the folder itself.

    Raises:
        ReleaseMissing: no detector has one of that name.
    """
    if Path(release).is_dir():
        return Path(release)
    for name in registry.names():
        try:
            return shelf.folder(name, shelf.named(name, release))
        except ReleaseMissing:
            continue
    raise ReleaseMissing(f"there is no release called {release!r}")


def measure_again(
    folder: Path, items: Sequence[Item], *, progress: Progress = lambda done, total: None
) -> Measured:
    """Evaluate a release as its card was, and compare.

    Raises:
        OtherItems: the card names the digest of others.
    """
    card = artefact.read(folder).card
    named, here = card.digests.get("validation"), items_digest(items)
    if named not in (None, here):
        raise OtherItems(f"{card.release} was measured on items {named}, these are {here}.")
    now = evaluate_folders(items, {card.name: folder}, progress=progress)[card.name].figures()
    return Measured(None if named is None else True, len(now), differences(card.figures, now))


def differences(card: Mapping[str, float], now: Mapping[str, float]) -> list[Difference]:
    """Figures of an evaluation that are not equal; a card's other figures are not compared."""
    measured = {name: value for name, value in card.items() if name.startswith(MEASURED)}
    return [
        Difference(name, measured.get(name), now.get(name))
        for name in sorted({*measured, *now})
        if measured.get(name) != now.get(name)
    ]


def needs(card: Card) -> dict[str, str]:
    """What training the release again takes, by name; "not named" where its card is older."""
    made = card.made_by
    told = {
        "recipe": made.recipe if made else "",
        "seed": "" if made is None or made.seed is None else str(made.seed),
        "commits": ", ".join(made.commits) if made else "",
        "went on from": (made.went_on_from or "nothing") if made else "",
        "mean of": (", ".join(made.averaged) or "nothing else") if made else "",
        "sources left out": ", ".join(made.held_out) or "none" if made else "",
    }
    digests = ("code", "data", "settings", "environment", PARAMETERS_FILE)
    told |= {f"{name} (SHA-256)": card.digests.get(name, "") for name in digests}
    return {name: value or "not named" for name, value in told.items()}


def obstacles(card: Card, here: Mapping[str, str]) -> list[str]:
    """Why the release cannot be trained here again; empty if it can.

    Args:
        here: digests of this machine's "code", "data" and "settings".
    """
    made, found = card.made_by, []
    if made is None or made.seed is None:
        found.append("its card names neither recipe nor seed")
    else:
        found += _of_commits(made)
    if made and made.averaged:
        found.append(f"it is the mean of {', '.join(made.averaged)}")
    if made and made.went_on_from:
        found.append(f"it went on from the parameters of {made.went_on_from}")
    for name, digest in here.items():
        named = card.digests.get(name, "")
        if named != digest:
            found.append(
                f"its {name} has digest {named[:12] or 'unknown'}, here it is {digest[:12]}"
            )
    return found


def _of_commits(made: Provenance) -> list[str]:
    if any(commit.endswith("+changes") or not commit for commit in made.commits):
        return ["a part of it was trained with code that is in no commit"]
    if len(set(made.commits)) > 1:
        return ["its sessions were of different commits, which one run cannot repeat"]
    return []


def retrain(folder: Path, crops_folder: Path, run_folder: Path) -> float:
    """Run the recipe of a release again, if everything is here that it needs.

    Args:
        folder: of the release.
        crops_folder: of the prepared set.
        run_folder: for checkpoints; a run that was stopped goes on.

    Returns:
        The largest difference of a parameter, 0 for the same bits.

    Raises:
        CannotRetrain: with every reason.
    """
    from train.crops import load_crops
    from train.recipe import run
    from train.teaching import teacher_of

    card = artefact.read(folder).card
    plan = _plan(card)
    crops = load_crops(crops_folder)
    here = {"code": code_digest(), "data": crops.digest, "settings": settings_digest(plan.PHASES)}
    if against := obstacles(card, here):
        raise CannotRetrain(f"{card.release} cannot be trained again here: {'; '.join(against)}.")
    made = card.made_by
    assert made is not None
    assert made.seed is not None
    result = run(
        plan.IMAGENET if made.imagenet else plan.NETWORK,
        plan.PHASES,
        crops,
        folder=run_folder,
        seed=made.seed,
        held_out=frozenset(made.held_out),
        teacher=teacher_of(plan.TEACHER, run_folder.parent) if plan.TEACHER else None,
    )
    (released,) = artefact.read(folder).verified(PARAMETERS_FILE)
    return _largest_difference(flat.read(released), flat.compact(flat.read(result)))


def same_environment(card: Card) -> bool:
    """Whether the card names this machine's Python and packages."""
    return card.digests.get("environment") == environment_digest()


def _plan(card: Card) -> ModuleType:
    if card.made_by is None:
        told = "its card names neither recipe nor seed"
        raise CannotRetrain(f"{card.release} cannot be trained again here: {told}.")
    try:
        return import_module(f"train.recipes.{card.made_by.recipe}")
    except ModuleNotFoundError as error:
        raise CannotRetrain(f"there is no recipe {card.made_by.recipe!r} here") from error


def _largest_difference(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> float:
    pairs = [(np.asarray(one[name], np.float64), other[name]) for name in one]
    return max(float(np.abs(before - after).max()) for before, after in pairs)
