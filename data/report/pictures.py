"""Pictures of the report: histograms as SVG, contact sheets as embedded JPEG."""

from base64 import b64encode
from collections.abc import Sequence

import cv2
import numpy as np
from markupsafe import Markup

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 8, 24
COLUMNS = 7
"""Faces in a row of a contact sheet."""


def histogram(
    real: np.ndarray, fake: np.ndarray, *, bins: int = 24, logarithmic: bool = False
) -> Markup:
    """Two histograms over each other, each in per cent of its label.

    Real items are a filled area and forged ones a dark line, so that neither needs colour.

    Args:
        real, fake: values, finite; at least one in all.
        bins: how many.
        logarithmic: equal bins of the logarithm; values are above 0 then.
    """
    edges = _edges(np.concatenate([real, fake]), bins, logarithmic)
    shares = [np.histogram(values, edges)[0] / max(len(values), 1) for values in (real, fake)]
    top = max(share.max() for share in shares) or 1.0
    area, line = (_steps(share / top) for share in shares)
    floor = HEIGHT - BOTTOM
    return Markup(  # noqa: S704 - numbers only
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="histogram">'
        f'<path class="real" d="M{LEFT},{floor} {area} V{floor} Z"/>'
        f'<path class="fake" d="M{LEFT},{floor} {line} V{floor}"/>'
        f'<path class="axis" d="M{LEFT},{floor} H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 4}" y="{TOP + 9}" class="y">{top:.0%}</text>'
        f'<text x="{LEFT - 4}" y="{floor}" class="y">0</text>{_ticks(edges)}</svg>'
    )


def contact_sheet(faces: Sequence[np.ndarray]) -> str:
    """Faces in rows as a JPEG data address; each uint8 RGB (side, side, 3), at least one."""
    side = faces[0].shape[0]
    rows = -(-len(faces) // COLUMNS)
    sheet = np.full((rows * side, min(len(faces), COLUMNS) * side, 3), 128, np.uint8)
    for number, face in enumerate(faces):
        top, left = number // COLUMNS * side, number % COLUMNS * side
        sheet[top : top + side, left : left + side] = face
    _, jpeg = cv2.imencode(".jpg", sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    return f"data:image/jpeg;base64,{b64encode(jpeg.tobytes()).decode()}"


def _edges(values: np.ndarray, bins: int, logarithmic: bool) -> np.ndarray:
    # A few outliers would squeeze everything else: they join the outer bins' neighbours.
    low, high = np.quantile(values, [0.002, 0.998])
    if high <= low:
        low, high = low * 0.9 - 0.5 * (not logarithmic), high * 1.1 + 0.5
    if logarithmic:
        return np.geomspace(low, high, bins + 1)
    return np.linspace(low, high, bins + 1)


def _steps(shares: np.ndarray) -> str:
    width = (WIDTH - LEFT - RIGHT) / len(shares)
    tall = HEIGHT - TOP - BOTTOM
    return " ".join(
        f"V{HEIGHT - BOTTOM - share * tall:.1f} H{LEFT + (place + 1) * width:.1f}"
        for place, share in enumerate(shares)
    )


def _ticks(edges: np.ndarray) -> str:
    found = []
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        value = edges[round(share * (len(edges) - 1))]
        found.append(
            f'<text x="{x:.0f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{_short(value)}</text>'
        )
    return "".join(found)


def _short(value: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
