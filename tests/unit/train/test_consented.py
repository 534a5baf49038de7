"""Whose settled items may be trained on, and what becomes of a folder of them."""

import pytest

from clarity.cases.accuracy import SettledItem
from clarity.storage import Store
from tests.unit.gateway.conftest import picture
from train.consented import Gathered, _fill, may_train

ITEM = SettledItem("a" * 64, True, "v1")


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({}, False),
        ({ITEM.media: {"yes"}}, True),
        ({ITEM.media: {"no"}}, False),
        ({ITEM.media: {"yes", "no"}}, False),
        ({"b" * 64: {"yes"}}, False),
    ],
)
def test_everybody_who_asked_must_agree_and_somebody_must_have(asked, allowed):
    assert may_train(ITEM, asked, {"yes"}) is allowed


def test_an_item_that_became_the_other_label_moves(tmp_path):
    store, folder = Store((tmp_path / "store").as_uri()), tmp_path / "folder"
    digest = store.put_bytes(picture())
    for fake, label, removed in ((True, "fake", 0), (False, "real", 1)):
        told = _fill(folder, [SettledItem(digest, fake, "v1")], store, refused=0)
        assert told == Gathered(1, refused=0, gone=0, removed=removed)
        assert [path.parent.name for path in folder.rglob("*.png")] == [label]


def test_a_file_of_another_name_is_left_alone(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "mine.png").write_bytes(b"mine")
    told = _fill(tmp_path, [], Store((tmp_path / "store").as_uri()), refused=0)
    assert told == Gathered(0, refused=0, gone=0, removed=0)
    assert (tmp_path / "real" / "mine.png").read_bytes() == b"mine"


def test_what_was_erased_is_told(tmp_path):
    store = Store((tmp_path / "store").as_uri())
    assert _fill(tmp_path, [ITEM], store, refused=2) == Gathered(0, refused=2, gone=1, removed=0)
