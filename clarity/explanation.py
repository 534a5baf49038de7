"""Pictures that show why: where on the face the detector saw what it saw."""

from collections.abc import Sequence

import cv2
import numpy as np

from clarity.detectors.card import Calibration

HEAT_OPACITY = 0.75

LOUDEST = 5.0
"""Calibrated log-odds at which the colour scale ends: a probability of 0.993."""


def departure(cells: np.ndarray, usual: Sequence[Sequence[float]] | None) -> np.ndarray:
    """A map less what real faces show at the same place; its mean stays theirs.

    A network is surer of some places than of others whatever it is shown, so the raw map of a
    forgery is hottest where the network is least sure, not where the face was changed.

    Args:
        cells: float32 (..., h, w), in logits.
        usual: the card's `usual_map`; None leaves the map as it is.
    """
    if usual is None:
        return cells
    known = np.asarray(usual, np.float32)
    return np.asarray(cells - (known - known.mean()))


def heat_map(cells: np.ndarray, calibration: Calibration, *, bias: float, size: int) -> np.ndarray:
    """A class activation map in colour.

    The logit is the mean of the cells plus the bias (global average pooling and one dense
    unit), so cell plus bias is the logit that the face would have if all of it looked like
    this place. The colour is its calibrated log-odds on one fixed scale: two heat maps can be
    compared, and a real face stays clear instead of being stretched to red.

    Args:
        cells: float32 (h, w), in logits.
        calibration: of the detector.
        bias: of the dense unit: the logit less the mean of the cells.
        size: side of the result in pixels.

    Returns:
        uint8 RGBA (size, size, 4); transparent at a probability of 0.5 and below.
    """
    heat = (calibration.log_odds(cells + bias) / LOUDEST).astype(np.float32)
    smooth = np.clip(cv2.resize(heat, (size, size), interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
    colours = cv2.applyColorMap((smooth * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    opacity = np.sqrt(smooth) * HEAT_OPACITY * 255
    return np.dstack([cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), opacity.astype(np.uint8)])


def png(pixels: np.ndarray) -> bytes:
    """RGB or RGBA, uint8 (h, w, 3 or 4), as PNG."""
    code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    return cv2.imencode(".png", cv2.cvtColor(pixels, code))[1].tobytes()


def preview(pixels: np.ndarray, *, longest: int = 1280) -> bytes:
    """An RGB frame as JPEG, at most `longest` pixels on its longer side."""
    scale = longest / max(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88]
    )
    return encoded[1].tobytes()
