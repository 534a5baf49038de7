"""Marking a place by drawing it: the frame as a chart over which a box is dragged."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import altair as alt
from PIL import Image

WIDEST, HIGHEST = 280, 340
"""Pixels of the frame on the page."""
FINER = 2
"""Pixels of the picture for one of the page: screens have more than they tell."""
WHOLE = 100.0
BOX = "box"
NO_PADDING = {"left": 0, "right": 0, "top": 0, "bottom": 0}
Ends = tuple[float, float]


def board(frame: Image.Image, across: Ends, down: Ends) -> alt.Chart:
    """The frame with axes from 0 to 100 to the right and downwards, and a box on it that can be
    moved and drawn anew: the selection `BOX`."""
    scale = min(WIDEST / frame.width, HIGHEST / frame.height)
    width, height = (max(1, round(side * scale)) for side in frame.size)
    box = alt.selection_interval(
        name=BOX,
        encodings=["x", "y"],
        value={"x": list(across), "y": list(down)},
        mark=alt.BrushConfig(fill="#ffffff", fillOpacity=0.12, stroke="#ff2d92", strokeWidth=2.5),
    )
    middle = {"across": WHOLE / 2, "down": WHOLE / 2, "picture": _address(frame, width, height)}
    return (
        alt.Chart(alt.Data(values=[middle]), width=width, height=height, padding=NO_PADDING)
        # whatever the page makes of the size, the picture fills the axes
        .mark_image(
            width=alt.expr("width"),
            height=alt.expr("height"),
            aspect=False,
            description="The frame",
        )
        .encode(
            x=alt.X("across:Q", scale=_scale(), axis=None),
            y=alt.Y("down:Q", scale=_scale(reverse=True), axis=None),
            url="picture:N",
        )
        .configure_view(stroke=None)
        .add_params(box)
    )


def drawn(selection: Mapping[str, Any]) -> tuple[Ends, Ends] | None:
    """The box that was dragged, across and down in percent; None where it was taken away."""
    box = selection.get(BOX) or {}
    if "across" not in box or "down" not in box:
        return None
    return _ends(box["across"]), _ends(box["down"])


def _scale(*, reverse: bool = False) -> alt.Scale:
    return alt.Scale(domain=[0, WHOLE], nice=False, reverse=reverse)


def _ends(told: list[float]) -> Ends:
    begin, end = (round(min(WHOLE, max(0.0, float(value))), 1) for value in sorted(told))
    return begin, end


def _address(frame: Image.Image, width: int, height: int) -> str:
    buffer = io.BytesIO()
    size = FINER * width, FINER * height
    frame.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
