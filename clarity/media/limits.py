"""How much one item may cost before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one image or video; everything at a bound is still allowed.

    Attributes:
        max_bytes: size of the file, in bytes (200 MiB).
        max_pixels: pixels of a still picture, known from its header before it is decoded.
        max_frame_pixels: pixels of one frame of a video or an animation (8K and a little).
        max_seconds: length of a video, in seconds (ten minutes).
        max_frames: frames sampled from a video.
        decoded_pixels: pixels of a video decoded in all, of its frames together (16 seconds of
            1080p, or 80 of 480p, at 30 a second); of a longer one only parts are decoded.
        run_frames: consecutive frames taken of a video beside those, for detectors that look at
            time, with the sound beside them; 0: none.
        run_side: longer side kept of such a frame, in pixels; a larger one is reduced.
        max_image_side: longer side kept of a still picture, in pixels; a larger one is reduced.
        max_frame_side: longer side kept of a video frame, in pixels; a larger one is reduced.
        decode_seconds: wall-clock time of the decoding process, in seconds.
        memory_bytes: address space of the decoding process, in bytes.
        fetch_seconds: wall-clock time of fetching a URL, in seconds.
    """

    max_bytes: int = 200 * 1024**2
    max_pixels: int = 100_000_000
    max_frame_pixels: int = 36_000_000
    max_seconds: float = 600.0
    max_frames: int = 32
    decoded_pixels: int = 1_000_000_000
    run_frames: int = 0
    run_side: int = 640
    max_image_side: int = 4096
    max_frame_side: int = 1920
    decode_seconds: float = 90.0
    memory_bytes: int = 3 * 1024**3
    fetch_seconds: float = 180.0
