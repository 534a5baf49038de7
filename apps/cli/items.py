"""From the words on the command line to the items that are scanned."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from apps.formats import PICTURES, VIDEOS

SUFFIXES = frozenset(f".{name}" for name in (*PICTURES, *VIDEOS))


def is_url(item: str) -> bool:
    """Whether an item is an address and not a path."""
    return item.lower().startswith(("http://", "https://"))


def expand(words: Sequence[str]) -> list[str]:
    """Paths and addresses as given; a folder becomes the pictures and videos below it, sorted."""
    return [item for word in words for item in _items(word)]


def _items(word: str) -> Iterator[str]:
    if is_url(word) or not Path(word).is_dir():
        yield word
        return
    for path in sorted(Path(word).rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(word).parts)
        if path.suffix.lower() in SUFFIXES and path.is_file() and not hidden:
            yield str(path)
