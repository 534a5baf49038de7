"""Images and videos made on the spot."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

Painter = Callable[[int], np.ndarray]
"""Gives the uint8 RGB picture of a frame number."""


def portrait(size: int = 96) -> np.ndarray:
    """A small photograph of a person, uint8 RGB, shape (size, size, 3)."""
    from PIL import Image
    from skimage import data

    return np.asarray(Image.fromarray(data.astronaut()).resize((size, size)))


def coded(index: int, size: tuple[int, int] = (64, 96)) -> np.ndarray:
    """A grey picture that carries its number in three broad bands, readable after compression."""
    height, width = size
    pixels = np.empty((height, width, 3), np.uint8)
    digits = (index // 256 % 16, index // 16 % 16, index % 16)
    for band, digit in zip(np.array_split(np.arange(width), 3), digits, strict=True):
        pixels[:, band] = digit * 16 + 8
    return pixels


def number(pixels: np.ndarray) -> int:
    """The number that `coded` wrote."""
    bands = np.array_split(pixels.mean(axis=(0, 2)), 3)
    digits = [int(np.clip(np.median(band) // 16, 0, 15)) for band in bands]
    return digits[0] * 256 + digits[1] * 16 + digits[2]


def write_video(
    path: Path,
    count: int,
    paint: Painter = coded,
    *,
    rate: Fraction | int = 10,
    codec: str = "libx264",
    container_format: str | None = None,
    gop: int = 12,
    sound: bool = False,
    options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
) -> Path:
    """Encode `count` painted frames; with `sound`, a second of silence beside them."""
    with av.open(str(path), "w", format=container_format, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = paint(0).shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = gop
        if codec == "libx264":
            stream.codec_context.options = {"preset": "ultrafast", "crf": "12", "sc_threshold": "0"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        audio = container.add_stream("aac", rate=16000, layout="mono") if sound else None
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(paint(index), format="rgb24")
            frame.pts = index
            frame.time_base = Fraction(1, rate) if isinstance(rate, int) else 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            container.mux(_silence(audio, 16))
    return path


def write_sound(path: Path) -> Path:
    """An MP4 with sound alone."""
    with av.open(str(path), "w", format="mp4") as container:
        audio = container.add_stream("aac", rate=16000, layout="mono")
        container.mux(_silence(audio, 16))
    return path


def _silence(audio: av.AudioStream, blocks: int) -> Sequence[av.Packet]:
    packets: list[av.Packet] = []
    for block in range(blocks):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        frame.pts = block * 1024
        packets += audio.encode(frame)
    return packets + list(audio.encode(None))
