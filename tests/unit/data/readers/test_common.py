"""What holds for every reader of the registry."""

import re
import shutil
from importlib import import_module
from pathlib import PurePosixPath

import pytest

from data import registry
from data.groups import crossing
from data.items import MANIPULATIONS
from data.layout import DatasetIncomplete, UnknownVersion, WrongRoot
from tests.unit.data.readers.trees import LOST, NAMED, TREES

readers = pytest.mark.parametrize("name", registry.READERS)

VERSIONS = [
    ("deepfake_timit", {"qualities": ("raw",)}, "quality 'raw'"),
    ("faceforensics", {"compression": "c51"}, "compression 'c51'"),
    ("faceforensics", {"methods": ("Deepfakes", "Roop")}, "method 'Roop'"),
    ("celeb_df", {"version": "v3"}, "version 'v3'"),
    ("dffd", {"parts": ("cyclegan",)}, "part 'cyclegan'"),
    ("google_dfd", {"compression": "c51"}, "compression 'c51'"),
    ("deeperforensics", {"variants": ("end",)}, "variant 'end'"),
    ("forgerynet", {"parts": ("Test",)}, "part 'Test'"),
    ("forgerynet", {"media": ("sound",)}, "media 'sound'"),
    ("df_w", {"sites": ("vimeo",)}, "site 'vimeo'"),
    ("openforensics", {"parts": ("Test",)}, "part 'Test'"),
    ("folder", {"manipulation": "none"}, "manipulation 'none'"),
]


def read(name, root, **options):
    return list(registry.read(name, root, **options))


@readers
def test_items_are_whole_and_always_the_same(name, tmp_path):
    TREES[name](tmp_path)
    items = read(name, tmp_path)
    assert {item.fake for item in items} == ({True} if name in REALLESS else {True, False})
    assert len({(item.source, item.key) for item in items}) == len(items)
    for item in items:
        assert item.path.is_file()
        assert item.manipulation in MANIPULATIONS
        assert item.fake == (item.manipulation != "none")
        assert item.group
        assert item.split in ("", "train", "validation", "test")
        assert not PurePosixPath(item.key).is_absolute()
        assert item.annotation.mask is None or (item.fake and item.annotation.mask.is_file())
    assert read(name, tmp_path) == items


REALLESS = ("deepfake_timit", "df_w")
"""Datasets that were published without real media."""

SPLIT_BY_CLIP = ("celeb_df",)
"""Datasets whose official split shows the same people twice."""


@readers
def test_groups_stay_in_one_official_split(name, tmp_path):
    TREES[name](tmp_path)
    torn = crossing((item.group, item.split) for item in read(name, tmp_path))
    assert bool(torn) == (name in SPLIT_BY_CLIP)


@readers
@pytest.mark.parametrize("content", [None, "holiday.jpg"])
def test_a_wrong_root_says_what_was_expected_and_found(name, content, tmp_path):
    root = tmp_path / "root"
    if content:
        root.mkdir()
        (root / content).touch()
    with pytest.raises(WrongRoot, match=f"expected .*found {content or 'no folder'}") as refusal:
        registry.read(name, root)
    assert str(root) in refusal.value.message


@readers
def test_half_a_download_is_refused_before_the_first_item(name, tmp_path):
    TREES[name](tmp_path)
    lost = tmp_path / LOST[name]
    if lost.is_dir():
        shutil.rmtree(lost)
    else:
        lost.unlink()
    with pytest.raises(DatasetIncomplete, match=NAMED.get(name, LOST[name])):
        registry.read(name, tmp_path)


@pytest.mark.parametrize(("name", "options", "message"), VERSIONS)
def test_an_unknown_version_is_refused_with_those_that_exist(name, options, message, tmp_path):
    TREES[name](tmp_path)
    with pytest.raises(UnknownVersion, match=f"{message}: there are "):
        registry.read(name, tmp_path, **options)


@readers
def test_every_published_dataset_is_cited(name):
    module = import_module(registry.READERS[name].partition(":")[0])
    assert name in ("folder", "manifest") or re.search(r"arXiv\s\d{4}\.\d{5}|blog", module.__doc__)
