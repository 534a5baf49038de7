"""Pictures and clips through real encoders: JPEG, WebP, AVIF, H.264.

Every function takes and returns uint8 RGB (height, width, 3).
"""

import io
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np
from PIL import Image, features

FRAME_RATE = 25
"""Of the clips that `h264` makes, in frames a second: it spreads its bits by it."""

X264 = {"preset": "veryfast", "threads": "1", "x264-params": "cpu-independent=1"}
"""Of `h264`: the same bits on every processor. Left to itself x264 weighs blocks by floating-point
sums whose order its processor-specific code chooses."""


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """JPEG at a quality of 1 to 100."""
    return _opencv(picture, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def webp(picture: np.ndarray, quality: int) -> np.ndarray:
    """Lossy WebP at a quality of 1 to 100."""
    return _opencv(picture, ".webp", [cv2.IMWRITE_WEBP_QUALITY, quality])


@cache
def has_avif() -> bool:
    """Whether this Pillow was built with an AVIF encoder."""
    return bool(features.check("avif"))


def avif(picture: np.ndarray, quality: int) -> np.ndarray:
    """AVIF at a quality of 1 to 100; needs `has_avif`."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "AVIF", quality=quality, speed=10, max_threads=1)
    file.seek(0)
    return np.array(Image.open(file).convert("RGB"))


def h264(frames: Sequence[np.ndarray], crf: int) -> list[np.ndarray]:
    """Frames of one size through libx264 at a constant rate factor of 0 (lossless) to 51.

    Odd sides are padded for the encoder, which halves the chroma, and cut back.
    """
    height, width = frames[0].shape[:2]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = width + width % 2, height + height % 2
    encoder.pix_fmt = "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FRAME_RATE), Fraction(1, FRAME_RATE)
    encoder.options = {**X264, "crf": str(crf)}
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    sent = [_planes(frame, number) for number, frame in enumerate(frames)]
    packets = [packet for frame in [*sent, None] for packet in encoder.encode(frame)]
    decoded = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return [np.ascontiguousarray(_picture(one)[:height, :width]) for one in decoded]


def _planes(picture: np.ndarray, number: int) -> av.VideoFrame:
    # OpenCV converts colours in integers, the same everywhere; FFmpeg's scaler promises less
    height, width = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    planes = cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420).astype(np.uint8, copy=False)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts = number
    return frame


def _picture(frame: av.VideoFrame) -> np.ndarray:
    return np.asarray(cv2.cvtColor(frame.to_ndarray(format="yuv420p"), cv2.COLOR_YUV2RGB_I420))


def _opencv(picture: np.ndarray, extension: str, flags: list[int]) -> np.ndarray:
    # OpenCV takes BGR: with the channels swapped, chroma would be sampled wrongly
    _, encoded = cv2.imencode(extension, picture[..., ::-1], flags)
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])
