"""What happens to a picture between camera and reader: framing, rescaling, compression.

Real and forged pictures pass the same random chain in training, so that delivery carries no
label. Every function takes and returns uint8 RGB (height, width, 3) and draws from the
given generator only.
"""

import cv2
import numpy as np


def deliver(picture: np.ndarray, rng: np.random.Generator, *, strength: float = 1.0) -> np.ndarray:
    """A random delivery chain; `strength` in [0, 1] scales the chance of each step."""
    if rng.random() < 0.5 * strength:
        picture = relight(picture, rng)
    if rng.random() < 0.4 * strength:
        picture = rescale(picture, rng.uniform(0.35, 1.0))
    if rng.random() < 0.15 * strength:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.15 * strength:
        picture = add_noise(picture, rng)
    for _ in range(rng.choice(3, p=[1 - 0.6 * strength, 0.45 * strength, 0.15 * strength])):
        picture = recompress(picture, rng)
    return picture


def rescale(picture: np.ndarray, factor: float) -> np.ndarray:
    """Shrink by `factor` in (0, 1] and enlarge back: the detail is lost, the size is kept."""
    height, width = picture.shape[:2]
    small = (max(16, round(width * factor)), max(16, round(height * factor)))
    shrunk = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)


def recompress(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """JPEG (four in five) or WebP at a quality of 30 to 95."""
    quality = int(rng.integers(30, 96))
    if rng.random() < 0.8:
        extension, flags = ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality]
    else:
        extension, flags = ".webp", [cv2.IMWRITE_WEBP_QUALITY, quality]
    # OpenCV takes BGR: with the channels swapped, chroma would be sampled wrongly
    _, encoded = cv2.imencode(extension, picture[..., ::-1], flags)
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])


def relight(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast and a colour cast of up to about a fifth, by one table a channel."""
    gain = rng.uniform(0.8, 1.2) * rng.uniform(0.94, 1.06, 3)
    shift = rng.uniform(-20, 20)
    levels = np.arange(256)[:, None] * gain + shift
    table = np.clip(levels, 0, 255).astype(np.uint8)
    return cv2.LUT(picture, table.reshape(1, 256, 3))


def add_noise(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian sensor noise, standard deviation 1 to 8 grey levels."""
    noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 8)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
