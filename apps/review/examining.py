"""Other looks at a picture: single frames of a clip, its spectrum, its error level, a close-up."""

import io

import av
import numpy as np
from PIL import Image, ImageChops, ImageOps

LONGEST_SIDE = 1600
"""Pixels of a picture that is shown; enlarged parts are cut from the whole one."""
LARGEST = 100_000_000
"""Pixels of a picture that is opened at all."""


class Unreadable(Exception):
    """This page cannot open the item; it can still be downloaded."""


def picture(content: bytes) -> Image.Image:
    """A picture, upright, RGB."""
    try:
        opened = Image.open(io.BytesIO(content))
        if opened.width * opened.height > LARGEST:
            raise Unreadable("The picture is too large to be shown here.")
        return ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable("This page cannot open the picture.") from error


def frame_times(content: bytes) -> list[float]:
    """When every frame of a clip is shown, in seconds, from its packets alone."""
    try:
        with av.open(io.BytesIO(content), "r") as clip:
            stream = clip.streams.video[0]
            base = stream.time_base or 1
            begin = stream.start_time or 0
            stamps = [p.pts for p in clip.demux(stream) if p.pts is not None]
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise Unreadable("This page cannot open the clip.") from error
    return sorted({max(0.0, float((stamp - begin) * base)) for stamp in stamps})


def frame_at(content: bytes, seconds: float) -> Image.Image:
    """The frame that is seen at a time: the last one that has begun by then, RGB."""
    shown: av.VideoFrame | None = None
    try:
        with av.open(io.BytesIO(content), "r") as clip:
            stream = clip.streams.video[0]
            base = float(stream.time_base or 1)
            begin = stream.start_time or 0
            clip.seek(begin + int(seconds / base), stream=stream)
            for frame in clip.decode(stream):
                if frame.pts is None:
                    continue
                if shown is not None and (frame.pts - begin) * base > seconds + base / 2:
                    break
                shown = frame
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise Unreadable("This page cannot open the clip.") from error
    if shown is None:
        raise Unreadable("The clip has no picture at that time.")
    return shown.to_image().convert("RGB")


def small(image: Image.Image) -> Image.Image:
    """At most `LONGEST_SIDE`, for the screen."""
    shown = image.copy()
    shown.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return shown


def spectrum(image: Image.Image) -> Image.Image:
    """Strength of every spatial frequency of the brightness, on a logarithmic scale, grey.

    Low frequencies are in the middle. A Hann window keeps the edges of the picture from drawing
    a cross. Upsampling in a generator shows as a grid of bright points.
    """
    grey = np.asarray(small(image).convert("L"), np.float32)
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    strength = np.log1p(np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window))))
    low, high = np.percentile(strength, (1, 99.9))
    scaled = np.clip((strength - low) / max(float(high - low), 1e-6), 0, 1)
    return Image.fromarray((scaled * 255).astype(np.uint8))


def error_level(image: Image.Image, *, quality: int = 90) -> Image.Image:
    """What one more JPEG compression changes, stretched to full brightness, RGB.

    Parts that were compressed less often than the rest stand out (Krawetz 2007). It tells
    nothing about a picture that was scaled or re-compressed as a whole.
    """
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    change = ImageChops.difference(image, Image.open(io.BytesIO(buffer.getvalue())))
    most = int(np.asarray(change).max())
    return change.point(lambda value: min(255, value * 255 // max(1, most)))


def close_up(image: Image.Image, x: float, y: float, factor: float) -> Image.Image:
    """The part around a point, enlarged without smoothing: what is seen is what is stored.

    Args:
        x, y: of the middle, as fractions.
        factor: how many times larger; at least 1.
    """
    width, height = max(1, round(image.width / factor)), max(1, round(image.height / factor))
    left = min(max(0, round(x * image.width - width / 2)), image.width - width)
    top = min(max(0, round(y * image.height - height / 2)), image.height - height)
    part = image.crop((left, top, left + width, top + height))
    scale = min(LONGEST_SIDE / max(width, height), factor)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return part.resize(size, Image.Resampling.NEAREST)
