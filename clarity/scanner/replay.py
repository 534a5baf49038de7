"""Compute a verdict again from its receipt, and say what is not the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clarity.detectors import artefact, registry
from clarity.detectors.artefact import MODEL_FILES
from clarity.evidence.messages import Trace
from clarity.scanner.pipeline import scan
from clarity.scanner.trace import had_cascade, had_deliveries, limits_of

Find = Callable[[str, str], Path]
"""Names of a detector and of its release -> the release's folder, which need not exist."""

AROUND = "ran_on"
"""Where something was computed explains a difference; it is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not as the receipt has it; `where` is its path in the receipt."""

    where: str
    recorded: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it.

    Attributes:
        equal: every pixel, crop, logit, score and label is the same, bit for bit.
        differences: what is not, and why where a missing or changed input is the reason.
        around: how code, packages and machine differ from those of then.
        computed: the trace of now; absent where it could not be computed.
    """

    equal: bool
    differences: tuple[Difference, ...]
    around: tuple[Difference, ...]
    computed: Trace | None = None


def replay(recorded: Trace, media: Path, *, releases: Path | Find = registry.RELEASES) -> Replay:
    """Judge the media again with the releases that the receipt names.

    Args:
        recorded: of the receipt.
        media: the file that was judged.
        releases: folder of releases, or what finds one.

    Raises:
        ClarityError: the media cannot be decoded at all.
    """
    find = _in_folder(releases) if isinstance(releases, Path) else releases
    wrong = [*_media(recorded, media), *_releases(recorded, find)]
    if wrong:
        return Replay(False, tuple(wrong), ())
    panel = {
        name: registry.load_folder(find(name, was.release), runtime="openvino")
        for name, was in recorded.detectors.items()
    }
    now = scan(
        media,
        panel=panel,
        limits=limits_of(recorded),
        deliveries=had_deliveries(recorded),
        cascade=had_cascade(recorded),
    ).trace
    found = list(_differences(recorded.model_dump(mode="json"), now.model_dump(mode="json")))
    around = tuple(one for one in found if AROUND in one.where.split("."))
    differences = tuple(one for one in found if one not in around)
    return Replay(not differences, differences, around, now)


def _media(recorded: Trace, media: Path) -> Iterator[Difference]:
    digest = artefact.digest(media)
    if digest != recorded.media:
        yield Difference("media", recorded.media, digest)


def _in_folder(root: Path) -> Find:
    return lambda name, release: root / name / release


def _releases(recorded: Trace, find: Find) -> Iterator[Difference]:
    """Releases that are not here, or not what they were; their files are read, not believed."""
    for name, was in recorded.detectors.items():
        where = f"detectors.{name}"
        folder = find(name, was.release)
        if not (folder / "card.json").is_file():
            yield Difference(f"{where}.release", was.release, "not among these releases")
            continue
        card = artefact.read(folder).card
        for key in sorted(set(was.digests) | set(card.digests)):
            found = card.digests.get(key)
            if key in MODEL_FILES:
                path = folder / key
                found = artefact.digest(path) if path.is_file() else "missing"
            if found != was.digests.get(key):
                yield Difference(f"{where}.digests.{key}", was.digests.get(key), found)


def _differences(recorded: Any, found: Any, where: str = "") -> Iterator[Difference]:
    """Leaves of two documents that are not the same."""
    if isinstance(recorded, Mapping) and isinstance(found, Mapping):
        for key in sorted(set(recorded) | set(found)):
            below = f"{where}.{key}" if where else str(key)
            yield from _differences(recorded.get(key), found.get(key), below)
    elif isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        for number, (one, other) in enumerate(zip(recorded, found, strict=True)):
            yield from _differences(one, other, f"{where}.{number}")
    elif recorded != found:
        yield Difference(where, recorded, found)
