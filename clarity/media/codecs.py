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
    encoder.pix_fmt, encoder.framerate = "yuv420p", Fraction(25)
    encoder.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    packets = [packet for frame in frames for packet in encoder.encode(_padded(frame))]
    packets += encoder.encode(None)
    decoded = [frame for packet in packets for frame in decoder.decode(packet)]
    decoded += decoder.decode(None)
    return [np.ascontiguousarray(f.to_ndarray(format="rgb24")[:height, :width]) for f in decoded]


def _padded(picture: np.ndarray) -> av.VideoFrame:
    height, width = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(even, np.uint8), format="rgb24")


def _opencv(picture: np.ndarray, extension: str, flags: list[int]) -> np.ndarray:
    # OpenCV takes BGR: with the channels swapped, chroma would be sampled wrongly
    _, encoded = cv2.imencode(extension, picture[..., ::-1], flags)
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])
