"""Degradation levels: a fair sample, every level worse than the one before."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from clarity.media.decode import decode
from clarity.media.frames import MediaKind
from data.items import Item
from tests.unit.media.making import write_video
from train.figures.degraded import LEVELS, evaluate_levels, stratified


def item(path, *, source="s", fake=False, kind=MediaKind.IMAGE):
    return Item(path.name, path, fake, "none", source, "o", path.name, "test", kind)


def test_the_sample_keeps_sources_and_labels_and_is_always_the_same():
    items = [
        item(Path(f"{source}-{n}"), source=source, fake=n % 3 == 0)
        for source, count in (("large", 300), ("small", 6))
        for n in range(count)
    ]
    sample = stratified(items, 60)
    assert sample == stratified(items, 60)
    counts = {source: [one.source for one in sample].count(source) for source in ("large", "small")}
    assert counts["large"] == pytest.approx(59, abs=2)
    assert counts["small"] == 4  # two of either label
    assert len({one.key for one in sample}) == len(sample)


def pixels_of(path):
    return cv2.imread(str(path)).astype(float)


def test_every_level_is_further_from_the_original(tmp_path):
    path = tmp_path / "portrait.png"
    cv2.imwrite(str(path), cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR))
    original = pixels_of(path)
    said = evaluate_levels(
        [item(path)], lambda items: [np.abs(pixels_of(i.path) - original).mean() for i in items]
    )
    distances = [distance for (distance,) in said.values()]
    assert list(said) == list(LEVELS)
    assert distances[0] == 0
    assert distances == sorted(set(distances))


def test_a_clip_stays_a_clip_and_what_cannot_be_read_stays_as_it_is(tmp_path):
    path = write_video(tmp_path / "clip.mp4", 6)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    items = [item(path, kind=MediaKind.VIDEO), item(broken, kind=MediaKind.VIDEO)]

    def judge(given):
        assert given[1].path == broken
        return [len(decode(given[0].path).frames)]

    said = evaluate_levels(items, judge)
    assert said["hard"] == said["none"] == [6]
