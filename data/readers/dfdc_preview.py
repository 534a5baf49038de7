"""DFDC Preview: 5,244 clips of 66 paid actors, faces swapped with two methods.

Dolhansky, Howes, Pflaum, Baram and Canton Ferrer, "The Deepfake Detection Challenge (DFDC)
Preview Dataset", arXiv 1910.08854. Layout of the archive `dfdc_preview_set`, from loaders of it:

    dataset.json
    original_videos/643049/643049_A_001.mp4
    method_A/1317573/1317573_B/1229257_1317573_B_001.mp4
    method_B/1260311/1260311_C/1255229_1260311_C_001.mp4

`dataset.json` maps each path to label ("real" or "fake"), set ("train" or "test"), target_id,
swapped_id (null where nothing is swapped) and augmentations. Test clips may be altered ones.
A group is everyone who is linked by swaps.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data import layout
from data.groups import joined
from data.items import Annotation, Item

NAME = "DFDC Preview"


def read(root: Path) -> Iterator[Item]:
    """All clips, in the order of `dataset.json`.

    Raises:
        UnknownVersion: a set that is not known.
        WrongRoot, DatasetIncomplete: no `dataset.json`, another or a damaged one, or clips are
            missing.
    """
    layout.expect(root, NAME, "dataset.json")
    clips: dict[str, dict[str, Any]] = layout.load_json(root / "dataset.json")
    fields = ("label", "set", "target_id", "swapped_id")
    layout.expect_fields(root / "dataset.json", NAME, clips.values(), *fields)
    layout.expect_known(NAME, "set", {facts["set"] for facts in clips.values()}, layout.SPLITS)
    layout.expect_all(root, NAME, clips)
    groups = joined(_people(facts) for facts in clips.values())
    for name, facts in clips.items():
        fake = facts["label"] == "fake"
        yield layout.item_at(
            root / name,
            root,
            manipulation="face_swap" if fake else "none",
            source="dfdc_preview",
            origin=f"{NAME}, actors",
            group=f"dfdc_preview/{groups[_people(facts)[0]]}",
            split=layout.SPLITS[facts["set"]],
            annotation=Annotation(generator=name.partition("/")[0] if fake else ""),
        )


def _people(facts: Mapping[str, Any]) -> list[str]:
    people = (facts["target_id"], facts["swapped_id"])
    return [str(person) for person in people if person is not None]
