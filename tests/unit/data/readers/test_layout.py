import pytest

from clarity.media.frames import MediaKind
from data import layout
from data.layout import DatasetIncomplete, WrongRoot
from tests.unit.data.readers.trees import touch, write


def test_files_are_found_in_a_fixed_order_without_hidden_ones(tmp_path):
    touch(tmp_path, "b/2.MP4", "a/3.mp4", "b/1.avi", "c.txt", ".d/4.mp4", "__MACOSX/5.mp4")
    touch(tmp_path, "b/._1.avi")
    found = [path.relative_to(tmp_path).as_posix() for path in layout.files(tmp_path)]
    assert found == ["a/3.mp4", "b/1.avi", "b/2.MP4"]


def test_many_missing_files_are_counted_and_a_few_named(tmp_path):
    touch(tmp_path, "0.mp4")
    with pytest.raises(DatasetIncomplete, match=r"11 of 12 .* such as 1.mp4, 2.mp4, 3.mp4\."):
        layout.expect_all(tmp_path, "it", [f"{number}.mp4" for number in range(12)])


def test_a_folder_with_a_part_of_the_layout_is_incomplete_and_not_wrong(tmp_path):
    touch(tmp_path, "real/1.mp4")
    with pytest.raises(DatasetIncomplete, match=r"lacks fake, list.txt; found real"):
        layout.expect(tmp_path, "it", "real", "fake", "list.txt")


def test_a_file_is_not_a_root(tmp_path):
    touch(tmp_path, "it.zip")
    with pytest.raises(WrongRoot, match="expected real; found a file"):
        layout.expect(tmp_path / "it.zip", "it", "real")


def test_a_crowded_folder_is_not_listed_whole(tmp_path):
    touch(tmp_path, *(f"{number:02}.txt" for number in range(50)))
    with pytest.raises(WrongRoot, match=r"found 00.txt, .*05.txt and more\.$"):
        layout.expect_one(tmp_path, "it", "real", "fake")


def test_a_list_that_is_cut_off(tmp_path):
    write(tmp_path, "list.json", ['{"a.mp4": {"label"'])
    with pytest.raises(DatasetIncomplete, match=r"list.json is cut off or damaged"):
        layout.load_json(tmp_path / "list.json")


def test_a_list_of_something_else(tmp_path):
    with pytest.raises(WrongRoot, match="expected label, set in it, found id, label"):
        layout.expect_fields(tmp_path, "it", [{"id": 1, "label": 2}], "label", "set")


def test_an_items_label_and_kind_follow_its_manipulation_and_file(tmp_path):
    facts = {"source": "s", "origin": "o", "group": "g"}
    real = layout.item_at(tmp_path / "a/1.jpg", tmp_path, manipulation="none", **facts)
    fake = layout.item_at(tmp_path / "2.MOV", tmp_path, manipulation="lip_sync", part="3", **facts)
    assert (real.key, real.fake, real.kind) == ("a/1.jpg", False, MediaKind.IMAGE)
    assert (fake.key, fake.fake, fake.kind) == ("2.MOV#3", True, MediaKind.VIDEO)
