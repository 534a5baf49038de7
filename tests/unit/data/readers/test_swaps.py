"""Datasets of swapped or reenacted faces, whose names say who is linked with whom."""

from pathlib import Path

import pytest

from data import registry
from data.items import Annotation
from data.layout import DatasetIncomplete, UnknownVersion, WrongRoot
from tests.unit.data.readers import trees
from tests.unit.data.readers.trees import TREES, touch, write, write_json


def read(name, root: Path, **options):
    TREES[name](root)
    return {item.key: item for item in registry.read(name, root, **options)}


def test_uadfv_pairs_an_original_with_its_fake(tmp_path):
    items = read("uadfv", tmp_path)
    assert list(items)[:2] == ["real/0000.mp4", "fake/0000_fake.mp4"]
    fake = items["fake/0000_fake.mp4"]
    assert fake.group == items["real/0000.mp4"].group == "uadfv/0000"
    assert (fake.manipulation, fake.split) == ("face_swap", "")
    assert fake.annotation.generator == "FakeApp"


def test_deepfake_timit_joins_the_two_of_a_pair(tmp_path):
    items = read("deepfake_timit", tmp_path)
    assert len(items) == 40
    clip = items["lower_quality/fram1/sx0-video-fadg0.avi"]
    assert clip.group == "vidtimit/fadg0"
    assert clip.source == "deepfake_timit_lower_quality"
    assert clip.annotation == Annotation(generator="faceswap-GAN 64 px", sex="female")
    assert len(read("deepfake_timit", tmp_path, qualities=("higher_quality",))) == 20


def test_deepfake_timit_takes_its_originals_from_vidtimit(tmp_path):
    trees.vidtimit(tmp_path / "vidtimit")
    items = read("deepfake_timit", tmp_path / "fakes", vidtimit=tmp_path / "vidtimit")
    real = [item for item in items.values() if not item.fake]
    assert [item.key for item in real] == ["fadg0/video/sa1/001", "fram1/video/sa1/001"]
    assert {item.group for item in real} == {"vidtimit/fadg0"}


def test_deepfake_timit_misses_the_other_of_a_pair(tmp_path):
    touch(tmp_path, *(f"higher_quality/fadg0/sx{n}-video-fram1.avi" for n in range(10)))
    touch(tmp_path, "lower_quality/x")
    with pytest.raises(DatasetIncomplete, match=r"1 of 2 people .* higher_quality/fram1 \(0\)"):
        registry.read("deepfake_timit", tmp_path)


def test_dfdc_preview_joins_actors_and_keeps_its_sets(tmp_path):
    items = read("dfdc_preview", tmp_path)
    fake = items["method_B/643049/643049_C/1255229_643049_C_001.mp4"]
    assert fake.annotation.generator == "method_B"
    assert {item.group for item in items.values() if item.split == "train"} == {
        "dfdc_preview/1255229"
    }
    assert items["original_videos/77/77_A_001.mp4"].split == "test"


def test_dfdc_preview_with_the_list_of_another_dataset(tmp_path):
    write_json(tmp_path, "dataset.json", {"a.mp4": {"label": "FAKE", "split": "train"}})
    with pytest.raises(WrongRoot, match="expected label, set, target_id, swapped_id"):
        registry.read("dfdc_preview", tmp_path)


def test_dfdc_preview_with_a_set_of_another_release(tmp_path):
    clip = {"label": "real", "set": "secret", "target_id": 1, "swapped_id": None}
    write_json(tmp_path, "dataset.json", {"a.mp4": clip})
    with pytest.raises(UnknownVersion, match="set 'secret': there are train, val"):
        registry.read("dfdc_preview", tmp_path)


def test_faceforensics_has_official_splits_pairs_and_masks(tmp_path):
    items = read("faceforensics", tmp_path)
    assert len(items) == 8 + 5 * 8
    assert {item.source for item in items.values()} == {"faceforensics_c23"}
    for method, manipulation in (("Face2Face", "reenactment"), ("FaceShifter", "face_swap")):
        fake = items[f"manipulated_sequences/{method}/c23/videos/003_000.mp4"]
        assert (fake.manipulation, fake.annotation.generator) == (manipulation, method)
        assert (fake.split, fake.group) == ("test", "faceforensics/000")
        assert fake.annotation.mask is None
    original = items["original_sequences/youtube/c23/videos/003.mp4"]
    assert (original.split, original.group) == ("test", "faceforensics/000")
    deepfake = items["manipulated_sequences/Deepfakes/c23/videos/720_672.mp4"]
    assert deepfake.split == "validation"
    mask = tmp_path / "manipulated_sequences/Deepfakes/masks/videos/720_672.mp4"
    assert deepfake.annotation.mask == mask


def test_faceforensics_reads_the_chosen_methods_and_compression(tmp_path):
    items = read("faceforensics", tmp_path, methods=("FaceSwap",), compression="c40")
    assert len(items) == 16
    assert all("/c40/" in key for key in items)


def test_faceforensics_lacks_a_compression_and_says_which_folders(tmp_path):
    with pytest.raises(WrongRoot, match="expected original_sequences/youtube/raw/videos"):
        read("faceforensics", tmp_path, compression="c0")


def test_faceforensics_without_its_splits_says_where_they_belong(tmp_path):
    trees.faceforensics(tmp_path)
    (tmp_path / "splits/train.json").unlink()
    with pytest.raises(WrongRoot, match=r"splits/train.json or train.json"):
        registry.read("faceforensics", tmp_path)


def test_faceforensics_takes_splits_beside_the_sequences(tmp_path):
    trees.faceforensics(tmp_path)
    for split in ("train", "val", "test"):
        (tmp_path / f"splits/{split}.json").rename(tmp_path / f"{split}.json")
    assert len(list(registry.read("faceforensics", tmp_path))) == 48


def test_faceforensics_takes_googles_actors_as_a_method(tmp_path):
    methods = ("FaceSwap", "DeepFakeDetection")
    trees.google_dfd(tmp_path)
    items = read("faceforensics", tmp_path, methods=methods)
    assert {item.source for item in items.values()} == {"faceforensics_c23", "google_dfd_c23"}
    (tmp_path / trees.LOST["google_dfd"]).unlink()
    with pytest.raises(DatasetIncomplete, match="actors have no original"):
        registry.read("faceforensics", tmp_path, methods=methods)


def test_google_dfd_joins_actors_and_finds_masks(tmp_path):
    items = read("google_dfd", tmp_path, compression="c0")
    fake = items[
        "manipulated_sequences/DeepFakeDetection/raw/videos/01_02__exit_phone_room__YVGY8LOK.mp4"
    ]
    assert fake.annotation.mask.parent == tmp_path / trees.DFD_MASKS
    groups = {item.path.stem: item.group for item in items.values()}
    assert groups["02__hugging_happy"] == fake.group == "google_dfd/01"
    assert groups["05__kitchen_pan"] == "google_dfd/05"


def test_celeb_df_joins_celebrities_and_takes_the_test_list(tmp_path):
    items = read("celeb_df", tmp_path, version="v1")
    groups = {key: item.group for key, item in items.items()}
    assert groups["Celeb-synthesis/id0_id16_0000.mp4"] == "celeb_df/id0"
    assert groups["Celeb-real/id16_0000.mp4"] == "celeb_df/id0"
    assert groups["Celeb-real/id20_0000.mp4"] == "celeb_df/id20"
    assert groups["YouTube-real/00170.mp4"] == "celeb_df/00170"
    assert {key for key, item in items.items() if item.split == "test"} == {
        "Celeb-real/id0_0001.mp4",
        "YouTube-real/00170.mp4",
    }
    assert {item.source for item in items.values()} == {"celeb_df_v1"}


def test_celeb_df_of_a_later_version_is_told_apart(tmp_path):
    trees.celeb_df(tmp_path)
    (tmp_path / "Celeb-synthesis/id0_id16_0000.mp4").unlink()
    touch(tmp_path, "Celeb-synthesis/FaceSwap/SimSwap/id0_id16_0000.mp4")
    with pytest.raises(UnknownVersion, match=r"later Celeb-DF than v1 and v2.*found .*FaceSwap"):
        registry.read("celeb_df", tmp_path)


def test_dfdc_joins_a_fake_with_its_original(tmp_path):
    items = read("dfdc", tmp_path)
    fake = items["dfdc_train_part_0/bbb.mp4"]
    assert fake.group == items["dfdc_train_part_0/aaa.mp4"].group == "dfdc/aaa"
    assert (fake.fake, fake.split) == (True, "train")
    assert items["dfdc_train_part_1/ddd.mp4"].group == "dfdc/ddd"
    tested = {key: item.fake for key, item in items.items() if item.split == "test"}
    assert tested == {"test/xxx.mp4": True, "test/yyy.mp4": False}


def test_dfdc_with_parts_below_train(tmp_path):
    trees.dfdc(tmp_path / "train")
    keys = [item.key for item in registry.read("dfdc", tmp_path)]
    assert len(keys) == 4
    assert "train/dfdc_train_part_0/bbb.mp4" in keys


def test_dfdc_part_without_its_list(tmp_path):
    trees.dfdc(tmp_path)
    (tmp_path / "dfdc_train_part_1/metadata.json").unlink()
    with pytest.raises(DatasetIncomplete, match=r"1 of 2 .* dfdc_train_part_1/metadata.json"):
        registry.read("dfdc", tmp_path)


def test_deeperforensics_keeps_actors_together_and_knows_their_sex(tmp_path):
    items = read("deeperforensics", tmp_path)
    assert len(items) == 3 + 11 * 3
    one = items["manipulated_videos/end_to_end/103_W018.mp4"]
    other = items["manipulated_videos/reenact_postprocess/104_W018.mp4"]
    source = items[
        "source_videos/W018/light_up/surprise/camera_down/W018_light_up_surprise_down.mp4"
    ]
    assert one.group == other.group == source.group == "deeperforensics/103"
    assert one.split == source.split == "train"
    assert one.annotation == Annotation(generator="DF-VAE", sex="female")
    assert not source.fake
    swapped = items["manipulated_videos/end_to_end_level_5/059_M118.mp4"]
    assert (swapped.split, swapped.annotation.sex) == ("validation", "male")
    unused = [item for key, item in items.items() if "M004" in key]
    assert [(item.group, item.split) for item in unused] == [("deeperforensics/M004", "")]


def test_deeperforensics_without_its_studio_recordings(tmp_path):
    items = read("deeperforensics", tmp_path, source_videos=False, variants=("end_to_end",))
    assert [item.fake for item in items.values()] == [True] * 3


def test_vox_deepfake_joins_whoever_a_path_names(tmp_path):
    items = read("vox_deepfake", tmp_path)
    groups = [item.group for item in items.values()]
    assert groups == ["voxceleb2/id00012"] * 2 + ["voxceleb2/id00099", "voxceleb2/id00012"]
    assert list(items.values())[-1].annotation.generator == "FaceShifter"


def test_vox_deepfake_with_nameless_clips(tmp_path):
    touch(tmp_path, "real/a/1.mp4", "fake/b/2.mp4")
    with pytest.raises(WrongRoot, match=r"ids of people.*found 2 without, such as real/a/1.mp4"):
        registry.read("vox_deepfake", tmp_path)


def test_ffiw_takes_files_of_one_name_for_original_fake_and_mask(tmp_path):
    items = read("ffiw", tmp_path)
    fake, original = items["target/val/1.mp4"], items["source/val/1.mp4"]
    assert fake.group == original.group == "ffiw/val/1"
    assert fake.split == "validation"
    assert fake.annotation.mask == tmp_path / "target_mask/val/1.mp4"
    assert items["source/train/1.mp4"].group != original.group


def test_ffiw_reads_the_test_part_alone(tmp_path):
    touch(tmp_path, *(f"{part}/test/9.mp4" for part in ("source", "target", "target_mask")))
    items = list(registry.read("ffiw", tmp_path))
    assert [(item.key, item.split) for item in items] == [
        ("source/test/9.mp4", "test"),
        ("target/test/9.mp4", "test"),
    ]


def test_ffiw_without_any_split(tmp_path):
    touch(tmp_path, "source/1.mp4", "target/1.mp4", "target_mask/1.mp4")
    with pytest.raises(WrongRoot, match="expected source/train"):
        registry.read("ffiw", tmp_path)


def test_fakecatcher_pairs_names_where_it_can(tmp_path):
    items = read("fakecatcher", tmp_path)
    assert items["fake/1.mp4"].group == items["real/1.mp4"].group == "fakecatcher/1"
    assert items["fake/7.mp4"].group == "fakecatcher/7"
    assert items["fake/7.mp4"].manipulation == "face_swap"


def test_df_w_finds_sites_in_any_case_of_letters(tmp_path):
    items = read("df_w", tmp_path)
    assert {key: item.source for key, item in items.items()} == {
        "YouTube/a.mp4": "df_w_youtube",
        "bilibili/b.flv": "df_w_bilibili",
    }
    assert list(read("df_w", tmp_path, sites=("bilibili",))) == ["bilibili/b.flv"]


def test_a_manifest_of_any_name_and_one_split(tmp_path):
    trees.manifest(tmp_path)
    path = (tmp_path / "manifest.csv").rename(tmp_path / "clips.csv")
    items = list(registry.read("manifest", path, split="validation"))
    assert [item.key for item in items] == ["b/c.mp4"]


def test_a_folder_groups_people_and_pairs(tmp_path):
    items = read("folder", tmp_path, source="mine")
    assert {key: (item.manipulation, item.group) for key, item in items.items()} == {
        "real/1.jpg": ("none", "mine/1"),
        "real/anna/1.jpg": ("none", "mine/anna"),
        "real/anna/2.jpg": ("none", "mine/anna"),
        "fake/face_swap/1_fake.jpg": ("face_swap", "mine/1"),
        "fake/lip_sync/anna/c.mp4": ("lip_sync", "mine/anna"),
    }


def test_a_folder_must_say_what_was_done(tmp_path):
    touch(tmp_path, "real/1.jpg", "fake/2.jpg")
    with pytest.raises(UnknownVersion, match="no folder named after a manipulation"):
        registry.read("folder", tmp_path)
    items = list(registry.read("folder", tmp_path, manipulation="attribute"))
    assert [item.manipulation for item in items] == ["none", "attribute"]


def test_lists_with_blank_lines(tmp_path):
    trees.celeb_df(tmp_path)
    write(tmp_path, "List_of_testing_videos.txt", ["", "1 YouTube-real/00170.mp4", ""])
    items = registry.read("celeb_df", tmp_path)
    assert [item.key for item in items if item.split == "test"] == ["YouTube-real/00170.mp4"]
