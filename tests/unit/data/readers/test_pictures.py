"""Datasets of pictures, archives and partly forged clips."""

import numpy as np
import pytest
from PIL import Image

from data import registry
from data.layout import DatasetIncomplete
from data.readers.forgerynet import Row, clip_row, picture_row
from data.readers.wilddeepfake import unpack
from tests.unit.data.readers import trees
from tests.unit.data.readers.trees import TREES, write


def read(name, root, **options):
    TREES[name](root)
    return {item.key: item for item in registry.read(name, root, **options)}


def test_dffd_knows_its_parts_splits_and_masks(tmp_path):
    items = read("dffd", tmp_path)
    edited = items["faceapp/train/faceapp_1.png"]
    assert (edited.manipulation, edited.annotation.generator) == ("attribute", "FaceApp")
    assert edited.annotation.mask == tmp_path / "faceapp/train_mask/faceapp_1.png"
    made = items["stylegan_ffhq/validation/stylegan_ffhq_1.png"]
    assert (made.manipulation, made.split, made.annotation.mask) == (
        "synthesis",
        "validation",
        None,
    )
    celebrities = [item.split for key, item in items.items() if key.startswith("img_align")]
    assert celebrities == ["train", "validation", "test"]
    assert len(read("dffd", tmp_path, parts=("ffhq",))) == 3


def test_dffd_part_without_a_split(tmp_path):
    trees.dffd(tmp_path)
    (tmp_path / "ffhq/test/ffhq_1.png").unlink()
    (tmp_path / "ffhq/test").rmdir()
    with pytest.raises(DatasetIncomplete, match=r"ffhq .* lacks test"):
        registry.read("dffd", tmp_path)


def test_wilddeepfake_unpacks_archives_in_the_order_of_their_numbers(tmp_path):
    items = list(read("wilddeepfake", tmp_path).values())
    assert [item.key for item in items[:3]] == [
        "real_train/2/2/real/131/5.png",
        "real_train/2/2/real/131/6.png",
        "real_train/10/10/real/131/5.png",
    ]
    assert len(items) == 16
    assert all(len(item.path.read_bytes()) == 4096 for item in items)
    fake = next(item for item in items if item.fake)
    assert (fake.group, fake.split) == ("wilddeepfake/train/2", "train")


def test_wilddeepfake_does_not_unpack_twice_and_not_into_a_given_root(tmp_path):
    elsewhere = tmp_path / "frames"
    first = list(read("wilddeepfake", tmp_path / "root", unpacked=elsewhere).values())
    assert all(elsewhere in item.path.parents for item in first)
    first[0].path.write_bytes(b"touched")
    again = list(registry.read("wilddeepfake", tmp_path / "root", unpacked=elsewhere))
    assert again == first
    assert again[0].path.read_bytes() == b"touched"


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_wilddeepfake_reports_a_truncated_archive_and_keeps_nothing_of_it(tmp_path, kept):
    archive = tmp_path / "1.tar.gz"
    trees.archive(archive, [f"./1/fake/131/{number}.png" for number in range(20)])
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(DatasetIncomplete, match=r"1.tar.gz is cut off or damaged after \d+ frames"):
        unpack(archive, tmp_path / "out" / "1")
    assert list((tmp_path / "out").iterdir()) == []


def test_wilddeepfake_leaves_out_what_is_no_frame(tmp_path):
    names = ["./1/fake/131/5.png", "./1/readme.png", "./1/fake/131/x.txt"]
    trees.archive(tmp_path / "1.tar.gz", names)
    unpack(tmp_path / "1.tar.gz", tmp_path / "out")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files == [tmp_path / "out/1/fake/131/5.png"]


def test_wilddeepfake_writes_nothing_outside_its_folder(tmp_path):
    trees.archive(tmp_path / "1.tar.gz", ["../../../evil.png"])
    with pytest.raises(DatasetIncomplete, match="outside the destination"):
        unpack(tmp_path / "1.tar.gz", tmp_path / "a/b/c/out")
    assert not list(tmp_path.rglob("evil.png"))


def test_openforensics_yields_faces_with_boxes(tmp_path):
    items = read("openforensics", tmp_path)
    assert len(items) == 8
    real, fake = (items[f"Images/Val/9c54val.jpg#{number}"] for number in (0, 1))
    assert (real.fake, fake.fake) == (False, True)
    assert fake.annotation.box == (2, 3, 4, 4.5)
    assert fake.annotation.mask is None
    assert real.group == fake.group == "openforensics/9c54val"
    assert {item.split for item in items.values()} == {"train", "validation", "test"}


def test_openforensics_draws_the_polygons_of_fakes_where_it_is_told(tmp_path):
    items = read("openforensics", tmp_path / "root", parts=("Train",), masks=tmp_path / "masks")
    drawn = [item.annotation.mask for item in items.values()]
    assert drawn == [None, tmp_path / "masks/Train/9c54train_1.png"]
    mask = np.asarray(Image.open(drawn[1]))
    inside = np.zeros((10, 20), np.uint8)
    inside[3:8, 2:7] = 255
    np.testing.assert_array_equal(mask, inside)


def test_openforensics_with_pictures_beside_the_lists(tmp_path):
    trees.openforensics(tmp_path)
    for folder in (tmp_path / "Images").iterdir():
        folder.rename(tmp_path / folder.name)
    keys = [item.key for item in registry.read("openforensics", tmp_path)]
    assert keys[0] == "Train/9c54train.jpg#0"


def test_forgerynet_reads_lists_masks_and_methods(tmp_path):
    items = read("forgerynet", tmp_path)
    assert len(items) == 6
    fake = items["Training/image/train_release/7/a/b/2.png"]
    assert (fake.manipulation, fake.annotation.generator) == ("reenactment", "Talking Head Video")
    masks = tmp_path / "Training/spatial_localize/train_mask_release"
    assert fake.annotation.mask == masks / "7/a/b/2.png"
    real = items["Training/image/train_release/16/a/b/1.png"]
    assert real.group == fake.group == "forgerynet/Training/a/b"
    edited = items["Validation/image/val_perturb_release/11/v.png"]
    assert (edited.manipulation, edited.split) == ("attribute", "validation")
    assert edited.annotation.mask == tmp_path / "Validation/spatial_localize/11/v.png"


def test_forgerynet_gives_forged_stretches_in_seconds(tmp_path):
    trees.forgerynet(tmp_path)
    place = "Training/video/train_video_release"
    trees.clip(tmp_path / place / "2/c.mp4", frame_rate=20)
    items = {item.key: item for item in registry.read("forgerynet", tmp_path, media=("video",))}
    assert items[f"{place}/2/c.mp4"].annotation.segments == ((0.5, 1.5),)
    assert items[f"{place}/3/d.mp4"].annotation.segments == ()


def test_forgerynet_does_not_stop_at_a_clip_that_cannot_be_opened(tmp_path):
    items = read("forgerynet", tmp_path)
    clip = items["Training/video/train_video_release/2/c.mp4"]
    assert clip.fake
    assert clip.annotation.segments == ()


def test_forgerynet_rows():
    assert picture_row(["a/1/b.png", "1", "2", "15"]) == Row("a/1/b.png", 15)
    assert clip_row(["2", "a/1/b.mp4", *"031340119"]) == Row("a/1/b.mp4", 9, ((0, 3),))


@pytest.mark.parametrize("line", ["2 c.mp4 0 10 1 1 1 3", "x c.mp4 1 1 3", "0 c.mp4 1 1 16", "2"])
def test_forgerynet_names_a_damaged_line(tmp_path, line):
    trees.forgerynet(tmp_path)
    write(tmp_path / "Training", "video_list.txt", ["1 a.mp4 0 1 0 0 0 0", line])
    with pytest.raises(DatasetIncomplete, match=r"video_list.txt, line 2 is damaged"):
        registry.read("forgerynet", tmp_path)
