"""Colours of one face brought to those of another, and small changes of camera."""

import cv2
import numpy as np

from clarity.forgery.contract import Parameters


def match_moments(
    picture: np.ndarray, reference: np.ndarray, *, where: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Mean and spread of each Lab channel as in the reference (Reinhard et al. 2001).

    Args:
        picture, reference: uint8 RGB (h, w, 3), each of its own size.
        where, there: bool (h, w), the pixels of each that are compared; not empty.
    """
    own, wanted = _lab(picture), _lab(reference)
    table = np.empty((1, 256, 3), np.uint8)
    for channel in range(3):
        mine, theirs = own[..., channel][where], wanted[..., channel][there]
        gain = np.clip((float(theirs.std()) + 1) / (float(mine.std()) + 1), 0.5, 2.0)
        levels = (np.arange(256) - mine.mean()) * gain + theirs.mean()
        table[0, :, channel] = np.clip(levels + 0.5, 0, 255)
    return _rgb(cv2.LUT(own, table))


def match_histogram(
    picture: np.ndarray, reference: np.ndarray, *, where: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """The whole distribution of each Lab channel as in the reference; arguments as above."""
    own, wanted = _lab(picture), _lab(reference)
    table = np.empty((1, 256, 3), np.uint8)
    for channel in range(3):
        mine = _shares(own[..., channel][where])
        theirs = _shares(wanted[..., channel][there])
        table[0, :, channel] = np.interp(mine, theirs, np.arange(256))
    return _rgb(cv2.LUT(own, table))


def shift_hue(
    picture: np.ndarray, rng: np.random.Generator, *, most: int = 12
) -> tuple[np.ndarray, Parameters]:
    """Hue, saturation and value moved by up to `most` steps of OpenCV's 180, 255, 255."""
    moves = rng.integers(-most, most + 1, 3)
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.int16) + moves.astype(np.int16)
    hsv[..., 0] %= 180
    shifted = cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)
    return shifted, {"hue": int(moves[0]), "saturation": int(moves[1]), "value": int(moves[2])}


def shift_channels(
    picture: np.ndarray, rng: np.random.Generator, *, most: int = 20
) -> tuple[np.ndarray, Parameters]:
    """Each of red, green, blue moved by up to `most` grey levels."""
    moves = rng.integers(-most, most + 1, 3)
    shifted = np.clip(picture.astype(np.int16) + moves.astype(np.int16), 0, 255).astype(np.uint8)
    return shifted, {"red": int(moves[0]), "green": int(moves[1]), "blue": int(moves[2])}


def _shares(levels: np.ndarray) -> np.ndarray:
    """Cumulative distribution over 256 levels, strictly rising so that it can be inverted."""
    counts = np.bincount(levels, minlength=256) + 1e-3
    return np.cumsum(counts) / counts.sum()


def _lab(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)


def _rgb(lab: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
