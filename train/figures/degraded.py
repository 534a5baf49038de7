"""The same items after what happens to media on their way to a reader, level by level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np

from clarity.errors import ClarityError
from clarity.forgery.degrade import rescale
from clarity.media.decode import decode
from clarity.media.frames import MediaKind
from data.items import Item
from train.evaluate import Outcome

FRAMES_A_SECOND = 25


@dataclass(frozen=True, slots=True)
class Level:
    """A fixed delivery chain, so that two releases meet the very same pictures.

    Attributes:
        scale: detail that is left, as a part of the side.
        blur: standard deviation in pixels, 0 for none.
        jpeg: quality, of pictures; they are written twice where `twice`.
        h264: constant rate factor, of clips; higher is worse.
    """

    scale: float
    blur: float
    jpeg: int
    h264: int
    twice: bool = False


LEVELS: dict[str, Level | None] = {
    "none": None,
    "light": Level(scale=1.0, blur=0.0, jpeg=85, h264=23),
    "web": Level(scale=0.7, blur=0.0, jpeg=65, h264=30),
    "hard": Level(scale=0.45, blur=0.8, jpeg=40, h264=37, twice=True),
}
"""From the item as it is to what a much forwarded picture looks like."""


def stratified(items: Sequence[Item], count: int, *, seed: int = 1) -> list[Item]:
    """About `count` items: of each source and label its share, at least two."""
    rng = np.random.default_rng(seed)
    chosen: list[Item] = []

    def stratum(item: Item) -> tuple[str, bool]:
        return item.source, item.fake

    for _, members in groupby(sorted(items, key=stratum), key=stratum):
        own = list(members)
        share = max(2, round(count * len(own) / len(items)))
        places = rng.permutation(len(own))[:share]
        chosen.extend(own[place] for place in sorted(places))
    return chosen


def evaluate_levels(
    items: Sequence[Item], judge: Callable[[Sequence[Item]], list[Outcome]]
) -> dict[str, list[Outcome]]:
    """What is said of the items at every level.

    Args:
        items: a sample, such as `stratified` gives.
        judge: items -> what Clarity says of each.
    """
    said = {}
    for name, level in LEVELS.items():
        with TemporaryDirectory(prefix="clarity-degraded-") as folder:
            said[name] = judge(
                [_degraded(item, level, Path(folder) / str(n)) for n, item in enumerate(items)]
            )
    return said


def _degraded(item: Item, level: Level | None, stem: Path) -> Item:
    """The item with a degraded copy of its file; one that cannot be read stays as it is."""
    if level is None:
        return item
    if item.kind is MediaKind.VIDEO:
        return _degraded_clip(item, level, stem.with_suffix(".mp4"))
    picture = cv2.imread(str(item.path))
    if picture is None:
        return item
    path = stem.with_suffix(".jpg")
    quality = [cv2.IMWRITE_JPEG_QUALITY, level.jpeg]
    cv2.imwrite(str(path), _worn(picture, level), quality)
    if level.twice:
        cv2.imwrite(str(path), np.asarray(cv2.imread(str(path))), quality)
    return replace(item, path=path)


def _worn(picture: np.ndarray, level: Level) -> np.ndarray:
    if level.scale < 1:
        picture = rescale(picture, level.scale)
    return cv2.GaussianBlur(picture, (0, 0), level.blur) if level.blur else picture


def _degraded_clip(item: Item, level: Level, path: Path) -> Item:
    """The frames that a scan would look at, as a clip without sound."""
    try:
        frames = decode(item.path).frames
    except ClarityError:
        return item
    with av.open(str(path), "w") as container:
        height, width = (side // 2 * 2 for side in frames[0].pixels.shape[:2])
        stream = container.add_stream(
            "libx264", rate=FRAMES_A_SECOND, options={"crf": str(level.h264)}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            worn = np.ascontiguousarray(_worn(frame.pixels, level)[:height, :width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(worn, format="rgb24")))
        container.mux(stream.encode())
    return replace(item, path=path)
