"""What platforms and people put over a picture: captions, stickers, screenshots of it.

Every function takes and returns uint8 RGB (height, width, 3) and draws from the given
generator only.
"""

import cv2
import numpy as np

WORDS = (
    "LIVE",
    "BREAKING",
    "watch till the end",
    "wow",
    "@daily",
    "share this",
    "exclusive",
)


def overlay(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A caption bar, a word or a sticker."""
    way = rng.choice(3)
    if way == 0:
        return caption(picture, rng)
    return word(picture, rng) if way == 1 else sticker(picture, rng)


def caption(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A bar across the lower or upper edge with a line of text."""
    height, width = picture.shape[:2]
    bar = max(4, round(height * rng.uniform(0.08, 0.16)))
    top = height - bar if rng.random() < 0.8 else 0
    marked = picture.copy()
    colour = rng.integers(0, 256, 3)
    opacity = rng.uniform(0.5, 1.0)
    strip = marked[top : top + bar]
    strip[:] = strip * (1 - opacity) + colour * opacity
    ink = (255, 255, 255) if colour.mean() < 128 else (0, 0, 0)
    _write(marked, rng, (round(0.04 * width), top + round(0.72 * bar)), bar / 40, ink)
    return marked


def word(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A word somewhere, with an outline."""
    height, width = picture.shape[:2]
    at = (round(width * rng.uniform(0, 0.5)), round(height * rng.uniform(0.1, 0.95)))
    marked = picture.copy()
    _write(marked, rng, at, height * rng.uniform(0.001, 0.003) + 0.2, None)
    return marked


def sticker(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A round smiling sticker or a coloured badge near an edge."""
    height, width = picture.shape[:2]
    radius = max(3, round(min(height, width) * rng.uniform(0.05, 0.12)))
    x = round(width * (rng.uniform(0, 0.2) if rng.random() < 0.5 else rng.uniform(0.8, 1)))
    y = round(height * rng.uniform(0, 1))
    marked = picture.copy()
    colour = [int(value) for value in rng.integers(60, 256, 3)]
    cv2.circle(marked, (x, y), radius, colour, -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (x + side * radius // 3, y - radius // 4)
        cv2.circle(marked, eye, max(1, radius // 7), (20, 20, 20), -1, cv2.LINE_AA)
    axes = (radius // 2, radius // 2)
    cv2.ellipse(marked, (x, y), axes, 0, 20, 160, (20, 20, 20), max(1, radius // 8), cv2.LINE_AA)
    return marked


def screenshot(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shown on a screen and captured: resampled, in another gamma, perhaps with a border."""
    height, width = picture.shape[:2]
    factor = rng.uniform(0.6, 1.6)
    shown = cv2.resize(
        picture,
        (max(16, round(width * factor)), max(16, round(height * factor))),
        interpolation=int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC])),
    )
    if rng.random() < 0.5:
        edge = [round(side * rng.uniform(0, 0.04)) for side in shown.shape[:2]]
        colour = [int(rng.choice([0, 18, 255]))] * 3
        shown = cv2.copyMakeBorder(
            shown, edge[0], edge[0], edge[1], edge[1], cv2.BORDER_CONSTANT, value=colour
        )
    levels = 255 * (np.arange(256) / 255) ** rng.uniform(0.85, 1.18)
    shown = cv2.LUT(shown, np.clip(levels + 0.5, 0, 255).astype(np.uint8))
    return cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)


def _write(
    picture: np.ndarray,
    rng: np.random.Generator,
    at: tuple[int, int],
    scale: float,
    ink: tuple[int, int, int] | None,
) -> None:
    text = str(rng.choice(WORDS))
    font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX]))
    pen = max(1, round(scale * 2))
    if ink is None:
        cv2.putText(picture, text, at, font, scale, (0, 0, 0), 3 * pen, cv2.LINE_AA)
    cv2.putText(picture, text, at, font, scale, ink or (255, 255, 255), pen, cv2.LINE_AA)
