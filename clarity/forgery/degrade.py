"""What happens to a picture between camera and reader: framing, rescaling, compression.

Real and forged pictures pass the same random chain in training, so that delivery carries no
label. Every function takes and returns uint8 RGB (height, width, 3) and draws from the
given generator only. The expensive steps (AVIF, screenshots) are rare.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from clarity.forgery.overlays import overlay, screenshot
from clarity.media import codecs

KERNELS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
"""Ways to rescale, as phones, platforms and editors do it."""


def deliver(picture: np.ndarray, rng: np.random.Generator, *, strength: float = 1.0) -> np.ndarray:
    """A random delivery chain; `strength` in [0, 1] scales the chance of each step."""
    if rng.random() < 0.03 * strength:
        picture = overlay(picture, rng)
    if rng.random() < 0.5 * strength:
        picture = relight(picture, rng)
    if rng.random() < 0.4 * strength:
        picture = resample(picture, rng)
    if rng.random() < 0.15 * strength:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.15 * strength:
        picture = add_noise(picture, rng)
    for _ in range(rng.choice(3, p=[1 - 0.6 * strength, 0.45 * strength, 0.15 * strength])):
        picture = recompress(picture, rng)
    if rng.random() < 0.03 * strength:
        picture = screenshot(picture, rng)
    return picture


def deliver_clip(
    frames: Sequence[np.ndarray], rng: np.random.Generator, *, strength: float = 1.0
) -> list[np.ndarray]:
    """One delivery for all frames of a clip: light, resolution, blur, H.264 at CRF 18 to 40."""
    delivered = list(frames)
    if rng.random() < 0.5 * strength:
        table = light_table(rng)
        delivered = [cv2.LUT(frame, table) for frame in delivered]
    if rng.random() < 0.4 * strength:
        factor = rng.uniform(0.35, 1.0)
        delivered = [rescale(frame, factor) for frame in delivered]
    if rng.random() < 0.15 * strength:
        sigma = rng.uniform(0.3, 1.2)
        delivered = [cv2.GaussianBlur(frame, (0, 0), sigma) for frame in delivered]
    if rng.random() < 0.8 * strength:
        delivered = codecs.h264(delivered, int(rng.integers(18, 41)))
    return delivered


def rescale(
    picture: np.ndarray, factor: float, *, down: int = cv2.INTER_AREA, up: int = cv2.INTER_LINEAR
) -> np.ndarray:
    """Shrink by `factor` in (0, 1] and enlarge back: the detail is lost, the size is kept."""
    height, width = picture.shape[:2]
    small = (max(16, round(width * factor)), max(16, round(height * factor)))
    shrunk = cv2.resize(picture, small, interpolation=down)
    return cv2.resize(shrunk, (width, height), interpolation=up)


def resample(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rescale to 0.35 to 1 and back by drawn kernels; half of the time by the usual ones."""
    factor = rng.uniform(0.35, 1.0)
    if rng.random() < 0.5:
        return rescale(picture, factor)
    down, up = rng.choice(KERNELS, 2, p=[0.3, 0.3, 0.2, 0.1, 0.1])
    return rescale(picture, factor, down=int(down), up=int(up))


def recompress(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """JPEG (three in five), a frame of H.264, WebP, now and then AVIF.

    H.264 costs a detector that has seldom met it far more than JPEG does (docs/log.md).
    """
    chance, quality = rng.random(), int(rng.integers(30, 96))
    if chance < 0.2:
        return codecs.h264([picture], int(rng.integers(18, 39)))[0]
    if chance < 0.22 and codecs.has_avif():
        return codecs.avif(picture, quality)
    if chance < 0.4:
        return codecs.webp(picture, quality)
    return codecs.jpeg(picture, quality)


def relight(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast and a colour cast of up to about a fifth, by one table a channel."""
    return cv2.LUT(picture, light_table(rng))


def light_table(rng: np.random.Generator) -> np.ndarray:
    """A table of grey levels a channel, uint8 (1, 256, 3), as `cv2.LUT` takes it."""
    gain = rng.uniform(0.8, 1.2) * rng.uniform(0.94, 1.06, 3)
    shift = rng.uniform(-20, 20)
    levels = np.arange(256)[:, None] * gain + shift
    return np.clip(levels, 0, 255).astype(np.uint8).reshape(1, 256, 3)


def add_noise(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian sensor noise, standard deviation 1 to 8 grey levels."""
    noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 8)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
