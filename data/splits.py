"""Splits by identity and source, never by file; and what leaks from one split into another."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from clarity.errors import ClarityError
from data.crops import decoded
from data.items import Item
from data.near_duplicates import ALIKE, NEAR_BITS, likeness, near_pairs, thumbnail
from data.reading import crops

SHARES: Mapping[str, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}

FACTS = ("key", "source", "group", "split", "phash")

NAMED = 5
"""Leaks that a message names."""


class GroupInTwoSplits(ClarityError):
    status: ClassVar[int] = 422
    code: ClassVar[str] = "group-in-two-splits"
    hint = "All items of an identity or original video need one split: correct the dataset's own."


class NearDuplicate(ClarityError):
    status: ClassVar[int] = 422
    code: ClassVar[str] = "near-duplicate"
    hint = (
        "Give both items one group, or remove one of them. Where they are different pictures "
        "indeed, run again with --allow-near-duplicates."
    )


def assign_splits(
    items: Sequence[Item],
    *,
    shares: Mapping[str, float] = SHARES,
    hold_out: Mapping[str, str] | None = None,
    seed: int = 0,
) -> list[Item]:
    """Give every item a split, one and the same to all of a group.

    In this order a group goes where a held-out source of its items goes, where its publishers
    put it, or where its name's hash falls: so more items later move nobody.

    Args:
        items: their own `split` is kept where it is not empty and nothing is held out.
        shares: of the groups, by split; they sum to 1.
        hold_out: source -> the split that all its groups go to.
        seed: of the hash; another one gives another partition.

    Raises:
        GroupInTwoSplits: a group has two official splits, or two held-out sources' splits.
    """
    held = _fixed((item, (hold_out or {}).get(item.source, "")) for item in items)
    official = _fixed((item, item.split) for item in items if item.group not in held)
    return [
        replace(
            item,
            split=held.get(item.group)
            or official.get(item.group)
            or hashed_split(item.group, shares, seed=seed),
        )
        for item in items
    ]


def hashed_split(group: str, shares: Mapping[str, float], *, seed: int = 0) -> str:
    """The split into whose share of [0, 1) the group's hash falls."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64 * sum(shares.values())
    for split, share in shares.items():
        if place < share:
            return split
        place -= share
    return next(reversed(list(shares)))


def refuse_leaks(folder: Path, *, near_duplicates_too: bool = True) -> None:
    """Look through a prepared set for what is in two splits.

    Raises:
        GroupInTwoSplits: the same group.
        NearDuplicate: nearly the same crop, where that is looked for.
    """
    facts = _facts(folder)
    _refuse_groups(facts)
    pairs = near_duplicates(folder, facts) if near_duplicates_too else []
    if pairs:
        named = "; ".join(f"{one} and {other}" for one, other in pairs[:NAMED])
        raise NearDuplicate(f"{len(pairs)} near-duplicates across splits: {named}")


def near_duplicates(folder: Path, facts: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Pairs of items, "split source/key" each, with crops that nearly agree across splits.

    Hashes give candidates, whose pixels are then compared.
    """
    hashes = np.array([int(value, 16) for value in facts["phash"]], np.uint64)
    _, sides = np.unique(facts["split"], return_inverse=True)
    candidates = set(near_pairs(hashes, sides, distance=NEAR_BITS))
    seen = _thumbnails(folder, {place for pair in candidates for place in pair})
    return sorted(
        {
            (_name(facts, one), _name(facts, other))
            for one, other in candidates
            if likeness(seen[one], seen[other]) >= ALIKE
        }
    )


def _name(facts: Mapping[str, Sequence[str]], place: int) -> str:
    return f"{facts['split'][place]} {facts['source'][place]}/{facts['key'][place]}"


def _thumbnails(folder: Path, places: Set[int]) -> dict[int, np.ndarray]:
    """Those of the crops at these places of the set."""
    if not places:
        return {}
    pngs = enumerate(row["crop"] for row in crops(folder, columns=["crop"]))
    return {place: thumbnail(decoded(png)) for place, png in pngs if place in places}


def _facts(folder: Path) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {name: [] for name in FACTS}
    for row in crops(folder, columns=FACTS):
        for name, values in columns.items():
            values.append(row[name])
    return columns


def _refuse_groups(facts: Mapping[str, Sequence[str]]) -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for group, split in zip(facts["group"], facts["split"], strict=True):
        splits[group].add(split)
    leaks = sorted(group for group, found in splits.items() if len(found) > 1)
    if leaks:
        raise GroupInTwoSplits(f"groups in two splits: {', '.join(leaks[:NAMED])}")


def _fixed(wanted: Iterator[tuple[Item, str]]) -> dict[str, str]:
    """Group -> the one split that is asked for it."""
    found: dict[str, str] = {}
    for item, split in wanted:
        if split and found.setdefault(item.group, split) != split:
            raise GroupInTwoSplits(f"group {item.group} in {found[item.group]} and {split}")
    return found
