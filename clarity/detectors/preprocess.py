"""From face crops to network input: the one function of training, both runtimes and figures."""

import cv2
import numpy as np

from clarity.detectors.card import Card, InputSpec


def input_shape(card: Card) -> tuple[int, ...]:
    """Shape of one view as the network of a card takes it."""
    size = card.input.size
    return (size, size, 3) if card.sees == "crops" else (size,)


def views_input(views: np.ndarray, card: Card) -> np.ndarray:
    """Network input of crops, as `network_input`, or of measures of motion as they are.

    Raises:
        ValueError: if the views have another type or shape, or there is none.
    """
    if card.sees == "crops":
        return network_input(views, card.input)
    if views.dtype != np.float32 or views.shape[1:] != input_shape(card) or not len(views):
        raise ValueError(f"measures are float32 (N, {card.input.size}), not {views.shape}")
    return views


def network_input(crops: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Resize (by area when shrinking) and normalise; each crop on its own.

    Args:
        crops: uint8 RGB, shape (N, side, side, 3), N at least 1.
        spec: the network's input, from its card.

    Returns:
        float32, shape (N, spec.size, spec.size, 3).

    Raises:
        ValueError: if the crops have another type or shape, or there is none.
    """
    if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[-1] != 3 or not len(crops):
        raise ValueError(f"crops are uint8 (N, side, side, 3), not {crops.dtype} {crops.shape}")
    pixels = np.stack([_resize(crop, spec.size) for crop in crops]).astype(np.float32)
    return (pixels - np.float32(spec.mean)) / np.float32(spec.std)


def _resize(crop: np.ndarray, size: int) -> np.ndarray:
    if crop.shape[:2] == (size, size):
        return crop
    method = cv2.INTER_AREA if size < min(crop.shape[:2]) else cv2.INTER_LINEAR
    return cv2.resize(crop, (size, size), interpolation=method)
