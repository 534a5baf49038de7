"""Miniature datasets in their published layouts; files are empty unless a reader opens them."""

import io
import json
import tarfile
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import av
import numpy as np


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write(root: Path, name: str, lines: Iterable[str]) -> None:
    touch(root, name)
    (root / name).write_text("".join(f"{line}\n" for line in lines))


def write_json(root: Path, name: str, content: object) -> None:
    write(root, name, [json.dumps(content)])


def uadfv(root: Path) -> None:
    touch(root, "real/0000.mp4", "real/0001.mp4", "fake/0000_fake.mp4", "fake/0001_fake.mp4")


def deepfake_timit(root: Path) -> None:
    for quality in ("higher_quality", "lower_quality"):
        for person, donor in (("fadg0", "fram1"), ("fram1", "fadg0")):
            for number in range(10):
                stem = f"{quality}/{person}/sx{number}"
                touch(root, f"{stem}-video-{donor}.avi", f"{stem}.wav")


def vidtimit(root: Path) -> None:
    for person in ("fadg0", "fram1", "mbdg0"):
        touch(
            root, f"{person}/video/sa1/001", f"{person}/video/head/001", f"{person}/audio/sa1.wav"
        )


def dfdc_preview(root: Path) -> None:
    facts = {"augmentations": [], "set": "train"}
    clips = {
        "original_videos/643049/643049_A_001.mp4": {"label": "real", "target_id": 643049},
        "original_videos/1255229/1255229_A_001.mp4": {"label": "real", "target_id": 1255229},
        "original_videos/77/77_A_001.mp4": {"label": "real", "target_id": 77, "set": "test"},
        "method_B/643049/643049_C/1255229_643049_C_001.mp4": {
            "label": "fake",
            "target_id": 643049,
            "swapped_id": 1255229,
        },
    }
    write_json(
        root,
        "dataset.json",
        {name: {"swapped_id": None, **facts, **clip} for name, clip in clips.items()},
    )
    touch(root, *clips)


DFD_MASKS = "manipulated_sequences/DeepFakeDetection/masks/videos"


def google_dfd(root: Path) -> None:
    originals, fakes = "original_sequences/actors", "manipulated_sequences/DeepFakeDetection"
    for compression in ("raw", "c23"):
        for scene in ("01__exit_phone_room", "02__hugging_happy", "05__kitchen_pan"):
            touch(root, f"{originals}/{compression}/videos/{scene}.mp4")
        touch(root, f"{fakes}/{compression}/videos/01_02__exit_phone_room__YVGY8LOK.mp4")
    touch(root, f"{DFD_MASKS}/01_02__exit_phone_room__YVGY8LOK.mp4")


METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")


def faceforensics(root: Path) -> None:
    splits = {
        "train": [["071", "054"], ["087", "081"]],
        "val": [["720", "672"]],
        "test": [["000", "003"]],
    }
    for split, pairs in splits.items():
        write_json(root, f"splits/{split}.json", pairs)
        for one, other in pairs:
            for kept in ("c23", "c40"):
                videos = f"{kept}/videos"
                touch(root, *(f"original_sequences/youtube/{videos}/{n}.mp4" for n in (one, other)))
                for name in (f"{one}_{other}", f"{other}_{one}"):
                    for method in METHODS:
                        touch(root, f"manipulated_sequences/{method}/{videos}/{name}.mp4")
                    touch(root, f"manipulated_sequences/Deepfakes/masks/videos/{name}.mp4")


def celeb_df(root: Path) -> None:
    touch(root, *(f"Celeb-real/{name}.mp4" for name in ("id0_0000", "id0_0001", "id16_0000")))
    touch(root, "Celeb-real/id20_0000.mp4", "Celeb-synthesis/id0_id16_0000.mp4")
    touch(root, "YouTube-real/00000.mp4", "YouTube-real/00170.mp4")
    write(
        root,
        "List_of_testing_videos.txt",
        ["1 YouTube-real/00170.mp4", "1 Celeb-real/id0_0001.mp4"],
    )


def fakecatcher(root: Path) -> None:
    touch(root, "real/1.mp4", "real/2.mp4", "fake/1.mp4", "fake/7.mp4")


def dffd(root: Path) -> None:
    for part in ("ffhq", "faceapp", "stylegan_ffhq"):
        touch(root, *(f"{part}/{split}/{part}_1.png" for split in ("train", "validation", "test")))
    touch(root, "faceapp/train_mask/faceapp_1.png")
    touch(root, *(f"img_align_celeba/00000{number}.jpg" for number in (1, 2, 3)))
    partition = [f"00000{number}.jpg {number - 1}" for number in (1, 2, 3)]
    write(root, "img_align_celeba/list_eval_partition.txt", partition)


def dfdc(root: Path) -> None:
    for part, names in ((0, ("aaa", "bbb", "ccc")), (1, ("ddd",))):
        folder = f"dfdc_train_part_{part}"
        clips = {f"{name}.mp4": {"label": "REAL", "split": "train"} for name in names}
        if part == 0:
            clips["bbb.mp4"] = {"label": "FAKE", "split": "train", "original": "aaa.mp4"}
        write_json(root, f"{folder}/metadata.json", clips)
        touch(root, *(f"{folder}/{name}" for name in clips))
    write(root, "test/labels.csv", ["filename,label", "xxx.mp4,1", "yyy.mp4,0"])
    touch(root, "test/xxx.mp4", "test/yyy.mp4")


def deeperforensics(root: Path) -> None:
    fakes = {"train": ["103_W018.mp4", "104_W018.mp4"], "val": ["059_M118.mp4"], "test": []}
    for split, names in fakes.items():
        write(root, f"lists/splits/{split}.txt", names)
    for variant in (
        "end_to_end",
        *(f"end_to_end_level_{level}" for level in range(1, 6)),
        *(f"end_to_end_mix_{number}_distortions" for number in (2, 3, 4)),
        "end_to_end_random_level",
        "reenact_postprocess",
    ):
        names = chain.from_iterable(fakes.values())
        listed = [f"manipulated_videos/{variant}/{name}" for name in names]
        file = f"manipulated_videos_{variant}_list.txt"
        write(root, f"lists/manipulated_videos_lists/{file}", listed)
        touch(root, *listed)
    sources = [
        f"source_videos/{actor}/light_up/surprise/camera_down/{actor}_light_up_surprise_down.mp4"
        for actor in ("W018", "M118", "M004")
    ]
    write(root, "lists/source_videos_lists/source_videos_list.txt", sources)
    touch(root, *sources)


def vox_deepfake(root: Path) -> None:
    touch(root, *(f"real/{person}/21Uxsk56VDQ/00001.mp4" for person in ("id00012", "id00017")))
    touch(root, "real/id00099/aaaaaaaaaaa/00001.mp4")
    touch(root, "fake/FaceShifter/id00012_id00017/00001.mp4")


def wilddeepfake(root: Path) -> None:
    for label in ("real", "fake"):
        for split in ("train", "test"):
            for number in (2, 10):
                names = [f"./{number}/{label}/131/{frame}.png" for frame in (5, 6)]
                archive(root / f"{label}_{split}" / f"{number}.tar.gz", names)


def archive(path: Path, names: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).bytes(4096)
    with tarfile.open(path, "w:gz") as members:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(noise)
            members.addfile(member, io.BytesIO(noise))


def forgerynet(root: Path) -> None:
    pictures = {
        "Training": ["train_release/16/a/b/1.png 0 0 0", "train_release/7/a/b/2.png 1 1 7"],
        "Validation": ["val_perturb_release/11/v.png 1 1 11"],
    }
    clips = {
        "Training": [
            "3 train_video_release/2/c.mp4 0 10 0 10 20 1 30 5 0 1 2 2",
            "1 train_video_release/3/d.mp4 0 40 1 1 2 3",
        ],
        "Validation": ["1 val_video_release/17/e.mp4 0 40 0 0 0 0"],
    }
    for part in ("Training", "Validation"):
        write(root / part, "image_list.txt", pictures[part])
        write(root / part, "video_list.txt", clips[part])
        touch(root / part / "image", *(line.split()[0] for line in pictures[part]))
        touch(root / part / "video", *(line.split()[1] for line in clips[part]))
    touch(root, "Training/spatial_localize/train_mask_release/7/a/b/2.png")
    touch(root, "Validation/spatial_localize/11/v.png")


def clip(path: Path, *, frame_rate: int) -> None:
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=frame_rate)
        stream.width = stream.height = 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        for packet in (*stream.encode(frame), *stream.encode()):
            container.mux(packet)


def df_w(root: Path) -> None:
    touch(root, "YouTube/a.mp4", "bilibili/b.flv")


def ffiw(root: Path) -> None:
    for part in ("source", "target", "target_mask"):
        touch(root, f"{part}/train/1.mp4", f"{part}/train/2.mp4", f"{part}/val/1.mp4")


def openforensics(root: Path) -> None:
    for part in ("Train", "Val", "Test-Dev", "Test-Challenge"):
        name = f"Images/{part}/9c54{part.lower()}.jpg"
        picture = {"id": 7, "width": 20, "height": 10, "file_name": name}
        square = [2, 3, 6, 3, 6, 7, 2, 7]
        faces = [
            {"id": n, "image_id": 7, "category_id": n, "bbox": [2, 3, 4, 4.5], "iscrowd": 0}
            for n in (0, 1)
        ]
        coco = {
            "images": [picture],
            "annotations": [{**face, "segmentation": [square]} for face in faces],
            "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
        }
        write_json(root, f"{part}_poly.json", coco)
        touch(root, name)


def folder(root: Path) -> None:
    touch(root, "real/1.jpg", "real/anna/1.jpg", "real/anna/2.jpg")
    touch(root, "fake/face_swap/1_fake.jpg", "fake/lip_sync/anna/c.mp4")


def manifest(root: Path) -> None:
    header = "path,label,manipulation,source,origin,group,split,kind"
    rows = ["a.jpg,0,none,s,o,g1,train,image", "b/c.mp4,1,lip_sync,s,o,g2,validation,video"]
    write(root, "manifest.csv", [header, *rows])
    touch(root, "a.jpg", "b/c.mp4")


TREES: dict[str, Callable[[Path], None]] = {
    build.__name__: build
    for build in (
        uadfv,
        deepfake_timit,
        dfdc_preview,
        faceforensics,
        celeb_df,
        fakecatcher,
        dffd,
        google_dfd,
        dfdc,
        deeperforensics,
        vox_deepfake,
        wilddeepfake,
        forgerynet,
        df_w,
        ffiw,
        openforensics,
        folder,
        manifest,
    )
}

LOST = {
    "uadfv": "fake/0001_fake.mp4",
    "deepfake_timit": "lower_quality/fram1/sx3-video-fadg0.avi",
    "dfdc_preview": "method_B/643049/643049_C/1255229_643049_C_001.mp4",
    "faceforensics": "manipulated_sequences/FaceShifter/c23/videos/672_720.mp4",
    "celeb_df": "Celeb-real/id0_0001.mp4",
    "fakecatcher": "real",
    "dffd": "img_align_celeba/000002.jpg",
    "google_dfd": "original_sequences/actors/c23/videos/02__hugging_happy.mp4",
    "dfdc": "dfdc_train_part_0/bbb.mp4",
    "deeperforensics": "manipulated_videos/end_to_end_level_3/059_M118.mp4",
    "vox_deepfake": "fake",
    "wilddeepfake": "real_test",
    "forgerynet": "Training/image/train_release/7/a/b/2.png",
    "df_w": "bilibili/b.flv",
    "ffiw": "target_mask/train/2.mp4",
    "openforensics": "Images/Val/9c54val.jpg",
    "folder": "fake",
    "manifest": "b/c.mp4",
}
"""A file or folder of each tree without which it is half a download."""

NAMED = {
    "deepfake_timit": "fram1 \\(9\\)",
    "dffd": "such as 000002.jpg",
    "google_dfd": "such as 02",
    "forgerynet": "such as train_release/7/a/b/2.png",
    "df_w": "bilibili",
    "ffiw": "target_mask/train",
}
"""What the message says where it does not name the lost file itself."""
