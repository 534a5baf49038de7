"""OpenForensics: 115,325 pictures of several people, some of whose faces are forged.

Le, Nguyen, Yamagishi and Echizen, "OpenForensics: Large-Scale Challenging Dataset For Multi-Face
Forgery Detection And Segmentation In-The-Wild", ICCV 2021, arXiv 2107.14480. Version 1.0.0
(zenodo.org/record/5528418, github.com/ltnghia/openforensics):

    Train_poly.json, Val_poly.json, Test-Dev_poly.json, Test-Challenge_poly.json
    Images/Train/9c541c578f.jpg        or Train/9c541c578f.jpg

The lists are in MS-COCO's format: images (id, file_name), annotations (image_id, category_id,
bbox as x, y, width, height, segmentation as polygons), categories ("Real" and "Fake").

An item is a face with its box, since one picture shows real and forged people. Its polygons are
pictures only if they are drawn: say where. Faces were synthesised by GANs and blended in. People
are not named; a group is a picture.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image, ImageDraw

from data import layout
from data.items import Annotation, Item

NAME = "OpenForensics"

PARTS = {
    "Train": "train",
    "Val": "validation",
    "Test-Dev": "test",
    "Test-Challenge": "test",
}
"""Parts of the dataset -> split; the challenge part is also disturbed."""


def read(
    root: Path, *, parts: tuple[str, ...] = tuple(PARTS), masks: Path | None = None
) -> Iterator[Item]:
    """Faces, picture by picture.

    Args:
        parts: some of `PARTS`.
        masks: folder in which the polygons of forged faces are drawn, as PNG of the picture's
            size, white = forged; without it no item has a mask.

    Raises:
        UnknownVersion: no such part.
        WrongRoot, DatasetIncomplete: no lists, a damaged one, or listed pictures are missing.
    """
    layout.expect_known(NAME, "part", parts, PARTS)
    layout.expect(root, NAME, *(f"{part}_poly.json" for part in parts))
    for part in parts:
        _expect_pictures(root, part)
    for part in parts:
        yield from _faces(root, part, masks)


def _picture(root: Path, part: str, listed: str) -> str:
    """Place of a picture below the root, whichever way the archives were unpacked."""
    short = f"{part}/{PurePosixPath(listed).name}"
    return short if (root / part).is_dir() else listed


def _expect_pictures(root: Path, part: str) -> None:
    path = root / f"{part}_poly.json"
    coco = layout.load_json(path)
    layout.expect_fields(path, NAME, [coco], "images", "annotations", "categories")
    names = [_picture(root, part, picture["file_name"]) for picture in coco["images"]]
    layout.expect_all(root, NAME, names)


def _faces(root: Path, part: str, masks: Path | None) -> Iterator[Item]:
    # Read a second time rather than kept: the polygons of all parts take gigabytes.
    coco = layout.load_json(root / f"{part}_poly.json")
    labels = {category["id"]: category["name"].lower() for category in coco["categories"]}
    faces: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for face in coco["annotations"]:
        faces[face["image_id"]].append(face)
    for picture in coco["images"]:
        path = root / _picture(root, part, picture["file_name"])
        for number, face in enumerate(faces[picture["id"]]):
            fake = labels[face["category_id"]] == "fake"
            mask = None
            if fake and masks is not None:
                mask = masks / part / f"{path.stem}_{number}.png"
                draw_mask(face["segmentation"], (picture["width"], picture["height"]), mask)
            yield layout.item_at(
                path,
                root,
                manipulation="face_swap" if fake else "none",
                source="openforensics",
                origin=f"{NAME}, Open Images",
                group=f"openforensics/{path.stem}",
                split=PARTS[part],
                part=str(number),
                annotation=Annotation(box=_box(face["bbox"]), mask=mask),
            )


def _box(bbox: Sequence[float]) -> tuple[float, float, float, float]:
    x, y, width, height = bbox
    return (x, y, width, height)


def draw_mask(polygons: Sequence[Sequence[float]], size: tuple[int, int], path: Path) -> None:
    """Draw polygons white on black into a grey PNG.

    Args:
        polygons: x, y, x, y, … in pixels each, as MS-COCO keeps them.
        size: width and height in pixels.
    """
    mask = Image.new("L", size)
    canvas = ImageDraw.Draw(mask)
    for polygon in polygons:
        canvas.polygon(list(polygon), fill=255)
    path.parent.mkdir(parents=True, exist_ok=True)
    mask.save(path)
