"""ForgeryNet: 2.9 million pictures and 221,247 clips, forged in fifteen ways, many in part.

He, Gan, Chen, Zhou, Yin, Song, Sheng, Shao and Liu, "ForgeryNet: A Versatile Benchmark for
Comprehensive Forgery Analysis", CVPR 2021, arXiv 2103.05630. The lists are described in
github.com/yinanhe/ForgeryNet (`Readme.txt`); the folders are what several loaders use, whose
names for the lists and for `image` differ from release to release:

    Training/image_list.txt           train_release/3/….png 1 1 3
    Training/video_list.txt           1 train_video_release/3/….mp4 12 30 1 1 1 3
    Training/image/train_release/3/….png            or `images`
    Training/video/train_video_release/3/….mp4      or `videos`
    Training/spatial_localize/train_mask_release/3/….png       white = forged
    Validation/…                      val_perturb_release, val_video_release; masks without them

A picture's line is its name and three labels (forged or not, kind, one of sixteen methods); a
clip's starts with the number of its segments and has each as first frame, number of frames,
forged or not. Labels of the test part were not published.

Frames become seconds by the frame rate of the clip, which is opened for that where it is forged
in part. People are not named: a group is the innermost folder of a file below its method's
folder, or the file itself, so an original and its fake may come apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import av

from data import layout
from data.items import Annotation, Item

NAME = "ForgeryNet"

PARTS = {"Training": "train", "Validation": "validation"}

METHODS = (
    ("", "none"),
    ("FaceShifter", "face_swap"),
    ("FS-GAN", "face_swap"),
    ("DeepFakes", "face_swap"),
    ("BlendFace", "face_swap"),
    ("MMReplacement", "face_swap"),
    ("DeepFakes-StarGAN-Stack", "face_swap"),
    ("Talking Head Video", "reenactment"),
    ("ATVG-Net", "reenactment"),
    ("StarGAN-BlendFace-Stack", "face_swap"),
    ("First Order Motion", "reenactment"),
    ("StyleGAN2", "attribute"),
    ("MaskGAN", "attribute"),
    ("StarGAN2", "attribute"),
    ("SC-FEGAN", "attribute"),
    ("DiscoFaceGAN", "attribute"),
)
"""Generator and manipulation by the last label of a line, as two loaders list them."""

MEDIA = {"image": ("image", "images"), "video": ("video", "videos")}
"""Kinds -> folders, the first that exists."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list.

    Attributes:
        name: place of the file below its folder of pictures or clips.
        method: index into `METHODS`, 0 = real.
        stretches: forged frames of a clip, (first, number), unless all of them are.
    """

    name: str
    method: int
    stretches: tuple[tuple[int, int], ...] = ()


def read(
    root: Path,
    *,
    parts: tuple[str, ...] = tuple(PARTS),
    media: tuple[str, ...] = tuple(MEDIA),
) -> Iterator[Item]:
    """Pictures and clips of the chosen parts.

    Args:
        parts: some of `PARTS`.
        media: "image", "video" or both.

    Raises:
        UnknownVersion: no such part or kind of media.
        WrongRoot, DatasetIncomplete: no such folders or lists, a damaged line, or listed files
            are missing.
    """
    layout.expect_known(NAME, "part", parts, PARTS)
    layout.expect_known(NAME, "kind of media", media, MEDIA)
    chosen = [(part, kind) for part in parts for kind in media]
    layout.expect(root, NAME, *(f"{part}/{kind}_list.txt" for part, kind in chosen))
    for part, kind in chosen:
        folder = layout.expect_one(root / part, NAME, *MEDIA[kind])
        layout.expect_all(folder, NAME, [row.name for row in _rows(root, part, kind)])
    for part, kind in chosen:
        folder = layout.expect_one(root / part, NAME, *MEDIA[kind])
        for row in _rows(root, part, kind):
            yield _item(root, part, folder / row.name, row)


def _rows(root: Path, part: str, kind: str) -> Iterator[Row]:
    path = root / part / f"{kind}_list.txt"
    parse = picture_row if kind == "image" else clip_row
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield parse(line.split())
            except (ValueError, IndexError) as error:
                raise layout.DatasetIncomplete(
                    f"{path}, line {number} is damaged or of another release: {line.strip()!r}."
                ) from error


def picture_row(words: Sequence[str]) -> Row:
    """A picture: name, forged or not, kind, method.

    Raises:
        ValueError: not that.
    """
    name, _, _, method = words
    return Row(name, _method(method))


def clip_row(words: Sequence[str]) -> Row:
    """A clip: number of segments, name, (first frame, number of frames, forged) each, labels.

    Raises:
        ValueError, IndexError: not that.
    """
    count = int(words[0])
    if len(words) != 2 + 3 * count + 3:
        raise ValueError(f"{len(words)} words for {count} segments")
    numbers = [int(word) for word in words[2 : 2 + 3 * count]]
    segments = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
    forged = tuple((first, length) for first, length, fake in segments if fake)
    whole = len(forged) == len(segments)
    return Row(words[1], _method(words[-1]), () if whole else forged)


def _method(word: str) -> int:
    method = int(word)
    if not 0 <= method < len(METHODS):
        raise ValueError(f"method {method}")
    return method


def _item(root: Path, part: str, path: Path, row: Row) -> Item:
    generator, manipulation = METHODS[row.method]
    return layout.item_at(
        path,
        root,
        manipulation=manipulation,
        source="forgerynet",
        origin=f"{NAME}, {part}",
        group=f"forgerynet/{part}/{_group(row.name)}",
        split=PARTS[part],
        annotation=Annotation(
            generator=generator,
            mask=_mask(root / part, row) if row.method else None,
            segments=seconds_of(row.stretches, path),
        ),
    )


def _group(name: str) -> str:
    """Folders below the release's and the method's, else the file."""
    place = PurePosixPath(name)
    inner = place.parent.parts[2:]
    return "/".join(inner) if inner else place.with_suffix("").as_posix()


def _mask(part: Path, row: Row) -> Path | None:
    """Masks of training pictures lie below `train_mask_release`, others without a release."""
    release, _, rest = row.name.partition("/")
    inside = f"train_mask_release/{rest}" if release == "train_release" else rest
    return layout.existing(part / "spatial_localize" / inside)


def seconds_of(stretches: Sequence[tuple[int, int]], path: Path) -> tuple[tuple[float, float], ...]:
    """Stretches of frames as (start, end) in seconds.

    Empty where there are none, or where the clip cannot be opened: reading a dataset does not
    stop at one damaged clip, which the checks of its pixels will report.
    """
    rate = _frame_rate(path) if stretches else None
    if not rate:
        return ()
    return tuple((first / rate, (first + length) / rate) for first, length in stretches)


def _frame_rate(path: Path) -> float | None:
    try:
        with av.open(path) as container:
            rate = container.streams.video[0].average_rate
    except (av.FFmpegError, IndexError):
        return None
    return float(rate) if rate else None
