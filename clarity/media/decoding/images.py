"""Pictures and animations, through Pillow."""

from PIL import Image, ImageOps

from clarity.media.decoding.errors import MediaTooLarge
from clarity.media.decoding.wire import Decoded, Picture
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from clarity.media.sniff import AVIF, BMP, GIF, HEIC, JPEG, PNG, TIFF, WEBP

READERS: dict[str, tuple[str, ...]] = {
    JPEG.mime: ("JPEG", "MPO"),
    PNG.mime: ("PNG",),
    WEBP.mime: ("WEBP",),
    GIF.mime: ("GIF",),
    BMP.mime: ("BMP",),
    TIFF.mime: ("TIFF",),
    HEIC.mime: ("HEIF",),
    AVIF.mime: ("AVIF",),
}
"""Pillow's readers of each type: only the one that fits the content is ever tried."""

ANIMATED = {GIF.mime, WEBP.mime, PNG.mime, AVIF.mime}

WHITE = (255, 255, 255)


def decode_image(path: str, mime: str, limits: Limits) -> Decoded:
    """Decode a still picture, or an animation as a video.

    Raises:
        MediaTooLarge: more pixels than allowed, by the header.
        VideoTooLong: an animation over the allowed length.
        OSError, SyntaxError, ValueError: damaged content, as Pillow says it.
    """
    Image.MAX_IMAGE_PIXELS = None  # the limits here are stricter and typed
    if mime == HEIC.mime:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    image = Image.open(path, formats=READERS[mime])
    check_pixels(image, limits.max_pixels)
    if mime in ANIMATED and getattr(image, "is_animated", False):
        from clarity.media.decoding.animations import decode_animation

        return decode_animation(image, limits)
    upright = upright_rgb(image)
    return Decoded(
        kind=MediaKind.IMAGE,
        width=upright.width,
        height=upright.height,
        duration=0.0,
        has_sound=False,
        pictures=iter([picture(upright, limits.max_image_side)]),
    )


def check_pixels(image: Image.Image, most: int) -> None:
    """Refuse by the size that the header declares.

    Raises:
        MediaTooLarge: more than `most` pixels.
    """
    if image.width * image.height > most:
        raise MediaTooLarge(
            f"The picture has {image.width} x {image.height} pixels; "
            f"at most {most / 1e6:.0f} million are read."
        )


def upright_rgb(image: Image.Image) -> Image.Image:
    """Decode fully, turn as EXIF says, lay transparency on white, bring to 8-bit RGB."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = _eight_bit(image)
    if image.has_transparency_data:
        opaque = image.convert("RGBA")
        image = Image.new("RGB", opaque.size, WHITE)
        image.paste(opaque, mask=opaque)
    return image.convert("RGB")


def picture(
    image: Image.Image, longest: int, *, index: int = 0, seconds: float = 0.0, shot: int = 0
) -> Picture:
    """An RGB picture ready to be sent, its longer side reduced to `longest` pixels."""
    scale = longest / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return Picture(index, seconds, shot, image.width, image.height, image.tobytes())


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale deep greyscale to 8 bits; Pillow's own conversion would clip it."""
    values = image.convert("F")
    highest = float(values.getextrema()[1])  # type: ignore[arg-type]  # one band, one pair
    # Floating-point pictures go up to 1 or to 255 by custom, integers up to 65,535.
    full = 65535.0 if image.mode != "F" or highest > 255 else 255.0 if highest > 1 else 1.0
    return values.point(lambda value: value * (255.0 / full) + 0.5).convert("L")
