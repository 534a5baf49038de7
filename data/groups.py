"""Groups of people: who must not be met in training and again in testing.

A forged clip shows two people, the one it was made from and the one whose face or motion was
put in, so it links them. People who are linked, directly or over others, are one group.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence


def joined(links: Iterable[Sequence[str]]) -> dict[str, str]:
    """The group of everyone who is named: connected components, found by union-find.

    Args:
        links: names that belong together; a link of one name only makes it known.

    Returns:
        Name -> group, which is called after the first of its names in alphabetical order.
    """
    above: dict[str, str] = {}

    def first(name: str) -> str:
        above.setdefault(name, name)
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for names in links:
        for name in names:
            low, high = sorted((first(names[0]), first(name)))
            above[high] = low
    return {name: first(name) for name in above}


def crossing(memberships: Iterable[tuple[str, str]]) -> list[str]:
    """Groups that lie in two splits, sorted.

    Args:
        memberships: group and split of each item; no split, "", counts as one.
    """
    splits: dict[str, set[str]] = defaultdict(set)
    for group, split in memberships:
        splits[group].add(split)
    return sorted(group for group, found in splits.items() if len(found) > 1)
