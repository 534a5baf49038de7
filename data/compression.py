"""How a file was compressed, read from its head without decoding it."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image, UnidentifiedImageError

LUMINANCE_SUM = 3685
"""Sum of the luminance table of ITU-T T.81, table K.1, which encoders scale by quality."""


@dataclass(frozen=True, slots=True)
class Compression:
    """`codec` such as jpeg, png or h264; `quality` 1 to 100 of JPEG files, else None."""

    codec: str
    quality: int | None = None


def compression_of(path: Path) -> Compression | None:
    """Codec and JPEG quality of a picture or film; None if the file tells neither."""
    try:
        with Image.open(path) as picture:
            tables = getattr(picture, "quantization", None)
            quality = jpeg_quality(tables[0]) if tables else None
            return Compression((picture.format or "").lower(), quality)
    except (UnidentifiedImageError, OSError):
        return _film(path)


def jpeg_quality(luminance: list[int]) -> int:
    """Quality, 1 to 100, at which the IJG encoder would write this table of 64 divisors.

    An estimate: other encoders have other tables and scales.
    """
    percent = 100 * float(np.sum(luminance)) / LUMINANCE_SUM
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return int(np.clip(round(quality), 1, 100))


def _film(path: Path) -> Compression | None:
    try:
        with av.open(str(path)) as film:
            return Compression(film.streams.video[0].codec_context.name)
    except (FFmpegError, IndexError, OSError):
        return None
