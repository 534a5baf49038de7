"""DeeperForensics-1.0: faces of 100 paid actors swapped into FaceForensics++, and disturbed.

Jiang, Li, Wu, Qian and Loy, "DeeperForensics-1.0: A Large-Scale Dataset for Real-World Face
Forgery Detection", CVPR 2020, arXiv 2001.03024. Layout of github.com/EndlessSora/
DeeperForensics-1.0 (`dataset/README.md`; lines of the lists from a copy of them):

    lists/splits/train.txt, val.txt, test.txt                 lines such as 059_M118.mp4
    lists/manipulated_videos_lists/manipulated_videos_end_to_end_list.txt
                                    lines such as manipulated_videos/end_to_end/059_M118.mp4
    lists/source_videos_lists/source_videos_list.txt
    manipulated_videos/end_to_end/059_M118.mp4                clip 059, face of actor M118
    source_videos/W136/light_up/surprise/camera_down/W136_light_up_surprise_camera_down.mp4

in eleven variants. Actors whose names start with M are men, with W women, and faces are only
swapped within a sex. A group is an actor with everyone he was swapped into; the official splits
keep actors apart.

The clips that were forged are FaceForensics++ originals (c23), a dataset of its own: never train
on one and test on the other. The authors warn that their studio recordings (`source_videos`) are
no counterpart of the fakes, since light and framing differ; they can be left out.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.groups import joined
from data.items import Annotation, Item

NAME = "DeeperForensics-1.0"

VARIANTS = (
    "end_to_end",
    "end_to_end_level_1",
    "end_to_end_level_2",
    "end_to_end_level_3",
    "end_to_end_level_4",
    "end_to_end_level_5",
    "end_to_end_mix_2_distortions",
    "end_to_end_mix_3_distortions",
    "end_to_end_mix_4_distortions",
    "end_to_end_random_level",
    "reenact_postprocess",
)
"""The swaps, their disturbed copies, and swaps blended in by hand."""

SEXES = {"M": "male", "W": "female"}


def read(
    root: Path, *, variants: tuple[str, ...] = VARIANTS, source_videos: bool = True
) -> Iterator[Item]:
    """Studio recordings, then the fakes of each variant.

    Args:
        variants: some of `VARIANTS`.
        source_videos: whether the recordings are read, as real items.

    Raises:
        UnknownVersion: no such variant.
        WrongRoot, DatasetIncomplete: no such folders or lists, or listed clips are missing.
    """
    layout.expect_known(NAME, "variant", variants, VARIANTS)
    listed = [f"lists/manipulated_videos_lists/manipulated_videos_{v}_list.txt" for v in variants]
    sources = "lists/source_videos_lists/source_videos_list.txt"
    layout.expect(root, NAME, "manipulated_videos", "lists/splits", *listed, sources)
    splits = _splits(root)
    fakes = [name for file in listed for name in layout.lines(root / file)]
    originals = layout.lines(root / sources) if source_videos else []
    layout.expect_all(root, NAME, originals + fakes)
    groups = joined([*(_shown(name) for name in splits), *(_shown(name) for name in fakes)])
    split_of = {groups[_shown(name)[-1]]: split for name, split in splits.items()}
    for name in originals:
        actor = Path(name).name.partition("_")[0]
        group = groups.get(actor, actor)
        yield _item(root, name, actor, group, split_of.get(group, ""), "")
    for name in fakes:
        actor = _shown(name)[-1]
        yield _item(root, name, actor, groups[actor], splits.get(Path(name).name, ""), "DF-VAE")


def _shown(name: str) -> list[str]:
    """The clip and the actor of a fake: ["059", "M118"]."""
    return Path(name).stem.split("_")


def _splits(root: Path) -> dict[str, str]:
    """Name of a fake, without its variant -> split."""
    files = {
        split: root / "lists" / "splits" / f"{split}.txt" for split in ("train", "val", "test")
    }
    layout.expect(root, NAME, *(path.relative_to(root).as_posix() for path in files.values()))
    return {
        name: layout.SPLITS[split] for split, path in files.items() for name in layout.lines(path)
    }


def _item(root: Path, name: str, actor: str, group: str, split: str, generator: str) -> Item:
    return layout.item_at(
        root / name,
        root,
        manipulation="face_swap" if generator else "none",
        source="deeperforensics",
        origin=f"{NAME}, {'FaceForensics++ clips' if generator else 'studio'}",
        group=f"deeperforensics/{group}",
        split=split,
        annotation=Annotation(generator=generator, sex=SEXES.get(actor[0], "")),
    )
