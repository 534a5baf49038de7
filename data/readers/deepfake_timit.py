"""DeepfakeTIMIT: 640 clips of VidTIMIT people with each other's faces, in two qualities.

Korshunov and Marcel, "DeepFakes: a New Threat to Face Recognition? Assessment and Detection",
arXiv 1812.08685. Sixteen pairs of similar people, ten clips a person and quality. Layout (from
the names that many loaders of it use; the publishers' page could not be read):

    higher_quality/fadg0/sa1-video-fram1.avi, sa1.wav      a 128 px model
    lower_quality/fadg0/sa1-video-fram1.avi, sa1.wav       a 64 px model

The dataset has fakes only. Its originals are those of VidTIMIT (Sanderson and Lovell, ICB 2009),
a download of its own, whose layout is from its documentation as remembered, not verified:

    fadg0/video/sa1/001      a JPEG picture without an ending, one a frame

A group is the two people of a pair, whose first letter says their sex. No official split.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.groups import joined
from data.items import Annotation, Item

NAME = "DeepfakeTIMIT"

QUALITIES = {"higher_quality": "faceswap-GAN 128 px", "lower_quality": "faceswap-GAN 64 px"}
SEXES = {"f": "female", "m": "male"}
CLIPS = 10
"""Sentences of a person, hence clips in every folder."""


def read(
    root: Path,
    *,
    qualities: tuple[str, ...] = tuple(QUALITIES),
    vidtimit: Path | None = None,
) -> Iterator[Item]:
    """Clips of the chosen qualities, then the frames of VidTIMIT's originals.

    Args:
        qualities: some of `QUALITIES`.
        vidtimit: folder of VidTIMIT; without it there are no real items.

    Raises:
        UnknownVersion: no such quality.
        WrongRoot, DatasetIncomplete: no such folder; a person without the ten clips or without
            the other of the pair.
    """
    layout.expect_known(NAME, "quality", qualities, QUALITIES)
    layout.expect(root, NAME, *qualities)
    clips = [path for quality in qualities for path in sorted((root / quality).glob("*/*.avi"))]
    layout.expect_some(root, NAME, clips)
    _expect_pairs(root, clips)
    groups = joined((_person(path), _donor(path)) for path in clips)
    frames = [] if vidtimit is None else _frames(vidtimit, groups)
    for path in clips:
        yield _clip(path, root, groups)
    yield from frames


def _person(path: Path) -> str:
    return path.parent.name


def _donor(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _sex(person: str) -> str:
    return SEXES.get(person[0], "")


def _expect_pairs(root: Path, clips: list[Path]) -> None:
    counts: dict[Path, int] = {}
    for path in clips:
        counts[path.parent] = counts.get(path.parent, 0) + 1
        counts.setdefault(path.parent.with_name(_donor(path)), 0)
    short = [f"{folder.relative_to(root)} ({n})" for folder, n in counts.items() if n < CLIPS]
    if short:
        raise layout.DatasetIncomplete(
            f"{NAME} in {root}: {len(short)} of {len(counts)} people have fewer than {CLIPS} "
            f"clips, such as {', '.join(short[: layout.NAMED])}."
        )


def _frames(vidtimit: Path, groups: dict[str, str]) -> list[Item]:
    """The originals of everyone in `groups`, frame by frame."""
    layout.expect(vidtimit, "VidTIMIT", *(f"{person}/video" for person in sorted(groups)))
    frames = [
        layout.item_at(
            path,
            vidtimit,
            manipulation="none",
            source="vidtimit",
            origin="VidTIMIT",
            group=f"vidtimit/{groups[person]}",
            annotation=Annotation(sex=_sex(person)),
        )
        for person in sorted(groups)
        for path in sorted((vidtimit / person / "video").glob("s*/*"))
    ]
    layout.expect_some(vidtimit, "VidTIMIT", frames)
    return frames


def _clip(path: Path, root: Path, groups: dict[str, str]) -> Item:
    quality = path.parent.parent.name
    return layout.item_at(
        path,
        root,
        manipulation="face_swap",
        source=f"deepfake_timit_{quality}",
        origin=f"{NAME}, {quality.replace('_', ' ')}",
        group=f"vidtimit/{groups[_person(path)]}",
        annotation=Annotation(generator=QUALITIES[quality], sex=_sex(_person(path))),
    )
