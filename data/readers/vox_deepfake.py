"""Vox-DeepFake: VoxCeleb2 talks and deepfakes of their speakers.

Dong, Bao, Chen, Zhang, Yu, Yuan, Chen and Guo, "Identity-Driven DeepFake Detection", arXiv
2012.03930. No public copy or description of its layout could be found, so it is not verified.
VoxCeleb2 (Chung, Nagrani and Zisserman, Interspeech 2018) keeps a clip at
`id00012/21Uxsk56VDQ/00001.mp4`; this reader expects the same names below

    real/id00012/21Uxsk56VDQ/00001.mp4
    fake/<method>/…                       any depth, with the ids of both people in the path

Whoever is named in one path, as "id" and five digits, is linked: a group is everyone who is
linked over fakes. The method is the generator. No official split.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.groups import joined
from data.items import Annotation, Item

NAME = "Vox-DeepFake"
PERSON = re.compile(r"id\d{5}")


def read(root: Path) -> Iterator[Item]:
    """Real clips, then forged ones.

    Raises:
        WrongRoot, DatasetIncomplete: `real` and `fake` are not there or are empty, or clips name
            nobody.
    """
    layout.expect(root, NAME, "real", "fake")
    people: dict[Path, list[str]] = {}
    for label in ("real", "fake"):
        paths = list(layout.files(root / label))
        layout.expect_some(root / label, NAME, paths)
        people |= {path: PERSON.findall(path.relative_to(root).as_posix()) for path in paths}
    _expect_people(root, people)
    groups = joined(people.values())
    for path, shown in people.items():
        label, method = path.relative_to(root).parts[:2]
        yield layout.item_at(
            path,
            root,
            manipulation="face_swap" if label == "fake" else "none",
            source="vox_deepfake",
            origin=f"{NAME}, VoxCeleb2",
            group=f"voxceleb2/{groups[shown[0]]}",
            annotation=Annotation(generator=method if label == "fake" else ""),
        )


def _expect_people(root: Path, people: dict[Path, list[str]]) -> None:
    nameless = [path.relative_to(root).as_posix() for path, shown in people.items() if not shown]
    if nameless:
        raise layout.WrongRoot(
            f"{root} is not {NAME} as it is read here: expected the ids of people, such as "
            f"id00012, in every path; found {len(nameless)} without, such as "
            f"{', '.join(nameless[: layout.NAMED])}."
        )
