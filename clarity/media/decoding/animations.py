"""Animated GIF, WebP, PNG and AVIF: short videos without sound."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from clarity.media.decoding.errors import VideoTooLong
from clarity.media.decoding.images import check_pixels, picture, upright_rgb
from clarity.media.decoding.wire import Decoded, Picture
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from clarity.media.sampling import choose, is_cut, keep_every, signature

DEFAULT_FRAME_SECONDS = 0.1
"""What browsers show a frame for that names no duration."""

THUMBNAIL = (64, 36)


def decode_animation(image: Image.Image, limits: Limits) -> Decoded:
    """Sample an animation over its whole length.

    Raises:
        MediaTooLarge: frames with more pixels than allowed.
        VideoTooLong: it runs longer than allowed.
    """
    check_pixels(image, limits.max_frame_pixels)
    width, height = image.size
    times, shots = _survey(image, limits.max_seconds)
    capacity = 2 * limits.max_frames
    candidates = range(0, len(shots), keep_every(len(shots), capacity))
    chosen = choose([shots[index] for index in candidates], limits.max_frames)
    return Decoded(
        kind=MediaKind.VIDEO,
        width=width,
        height=height,
        duration=times[-1],
        has_sound=False,
        pictures=_pictures(image, [candidates[at] for at in chosen], limits, times, shots),
    )


def _survey(image: Image.Image, longest: float) -> tuple[list[float], list[int]]:
    """Start of each frame in seconds and the end of the last; the shot of each frame."""
    times: list[float] = [0.0]
    shots: list[int] = []
    before: np.ndarray | None = None
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        thumbnail = image.convert("RGB").resize(THUMBNAIL, Image.Resampling.NEAREST)
        now = signature(np.asarray(thumbnail))
        cut = before is not None and is_cut(before, now)
        shots.append(shots[-1] + cut if shots else 0)
        before = now
        times.append(times[-1] + _seconds(image))
        if times[-1] > longest:
            raise VideoTooLong(f"The animation is longer than {longest / 60:.0f} minutes.")
    return times, shots


def _pictures(
    image: Image.Image, wanted: list[int], limits: Limits, times: list[float], shots: list[int]
) -> Iterator[Picture]:
    for index in wanted:
        image.seek(index)
        yield picture(
            upright_rgb(image.copy()),
            limits.max_frame_side,
            index=index,
            seconds=times[index],
            shot=shots[index],
        )


def _seconds(image: Image.Image) -> float:
    """How long the current frame is shown; the readers give milliseconds, or nothing."""
    return (image.info.get("duration") or 0) / 1000 or DEFAULT_FRAME_SECONDS
