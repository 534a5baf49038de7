"""UADFV: 49 videos from YouTube, and each again with Nicolas Cage's face put in by FakeApp.

Yang, Li and Lyu, "Exposing Deep Fakes Using Inconsistent Head Poses", ICASSP 2019, arXiv
1811.00661. The publishers describe no layout; this one is what loaders of it agree on
(DeepfakeBench, `preprocessing/rearrange.py`, and others):

    real/0000.mp4
    fake/0000_fake.mp4      made from real/0000.mp4

One person is in every fake. A group is therefore the person of the original alone: joining
groups over the donor would leave a single one. There is no official split.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.items import Annotation, Item

NAME = "UADFV"


def read(root: Path) -> Iterator[Item]:
    """All videos.

    Raises:
        WrongRoot, DatasetIncomplete: no such folders, or a video without its counterpart.
    """
    layout.expect(root, NAME, "real", "fake")
    real = {path.stem: path for path in sorted((root / "real").glob("*.mp4"))}
    fake = {path.stem.removesuffix("_fake"): path for path in sorted((root / "fake").glob("*.mp4"))}
    layout.expect_some(root, NAME, real | fake)
    numbers = sorted(real | fake)
    pairs = [(f"real/{number}.mp4", f"fake/{number}_fake.mp4") for number in numbers]
    layout.expect_all(root, NAME, [name for pair in pairs for name in pair])
    for number in numbers:
        yield _item(real[number], root, number, "none", "")
        yield _item(fake[number], root, number, "face_swap", "FakeApp")


def _item(path: Path, root: Path, number: str, manipulation: str, generator: str) -> Item:
    return layout.item_at(
        path,
        root,
        manipulation=manipulation,
        source="uadfv",
        origin="UADFV, YouTube",
        group=f"uadfv/{number}",
        annotation=Annotation(generator=generator),
    )
