"""The Deep Fakes Dataset of FakeCatcher: 142 portrait videos found on the internet.

Ciftci, Demir and Yin, "FakeCatcher: Detection of Synthetic Portrait Videos using Biological
Signals", TPAMI 2020, arXiv 1901.02212. It is given on request, and its layout could not be
verified: neither the paper nor its page describes one. This reader expects the videos sorted into

    real/…
    fake/…

where a fake and its original, if there is one, have the same name. Generators, which differ from
video to video, are not said. No official split.
"""

from collections.abc import Iterator
from pathlib import Path

from data.items import Item
from data.readers import folder


def read(root: Path) -> Iterator[Item]:
    """Real videos, then forged ones.

    Raises:
        WrongRoot, DatasetIncomplete: `real` and `fake` are not there, or are empty.
    """
    yield from folder.read(root, manipulation="face_swap", source="fakecatcher")
