"""Pictures of the report: the face with its heat map, the frame with its boxes."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageOps

from clarity.reports.messages import Person

Box = tuple[float, float, float, float]
SHOWN_SIDE = 448
PREVIEW_PIXELS = 50_000_000
BOX_COLOUR = (255, 255, 255, 255)
BOX_EDGE = (16, 40, 54, 255)


def preview(content: bytes) -> Image.Image | None:
    """A small copy of an upload; None where this page cannot read it, the service may yet."""
    try:
        picture = Image.open(io.BytesIO(content))
        if picture.width * picture.height > PREVIEW_PIXELS:
            return None
        picture.draft("RGB", (SHOWN_SIDE, SHOWN_SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    upright.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return upright


def close_up(picture: Image.Image, box: tuple[int, int, int, int] | None) -> Image.Image:
    """A square thumbnail: the box (left, top, right, bottom), else the middle."""
    if box is None:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        box = (left, top, left + side, top + side)
    side = min(SHOWN_SIDE, box[2] - box[0])
    return picture.crop(box).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)


def overlay(face: Image.Image, heat: Image.Image, strength: float) -> Image.Image:
    """The face with the heat map on it.

    Args:
        face, heat: RGBA of any size; the heat map is stretched over the face.
        strength: in [0, 1]; 0 shows the bare face.
    """
    shown = face.resize((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BICUBIC)
    veil = heat.resize(shown.size, Image.Resampling.BICUBIC)
    veil.putalpha(veil.getchannel("A").point(lambda alpha: int(alpha * strength)))
    return Image.alpha_composite(shown, veil).convert("RGB")


def framed(frame: Image.Image, person: Person) -> Image.Image:
    """The whole frame with a box around the person's face."""
    shown = frame.convert("RGB")
    _outline(shown, corners(person.box, shown))
    return shown


def marked(frame: Image.Image, boxes: Sequence[tuple[str, Box]]) -> Image.Image:
    """The frame with numbered boxes: names and x, y, width, height as fractions."""
    shown = frame.convert("RGB")
    draw = ImageDraw.Draw(shown)
    size = max(12, round(max(shown.size) / 32))
    for name, box in boxes:
        left, top, _, _ = at = corners(box, shown)
        _outline(shown, at)
        label = (left, top, left + size * 1.3, top + size * 1.3)
        draw.rectangle(label, fill=BOX_EDGE)
        middle = ((label[0] + label[2]) / 2, (label[1] + label[3]) / 2)
        draw.text(middle, name, fill=BOX_COLOUR, font_size=size, anchor="mm")
    return shown


def corners(box: Box, picture: Image.Image) -> Box:
    """Left, top, right and bottom in pixels of x, y, width, height as fractions of a picture."""
    x, y, width, height = box
    return (
        x * picture.width,
        y * picture.height,
        (x + width) * picture.width,
        (y + height) * picture.height,
    )


def _outline(picture: Image.Image, at: Box) -> None:
    """Draw a box: a light line on a dark one is seen on every background."""
    line = max(2, round(max(picture.size) / 250))
    draw = ImageDraw.Draw(picture)
    left, top, right, bottom = at
    dark = (left - line, top - line, right + line, bottom + line)
    draw.rectangle(dark, outline=BOX_EDGE, width=3 * line)
    draw.rectangle(at, outline=BOX_COLOUR, width=line)
