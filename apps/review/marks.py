"""What experts marked, drawn without the item.

Once a case is over the item is shown to its reviewers no more. Where a place is can still be
told: on an empty frame of the item's shape, with the faces that were found in outline.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt
from PIL import Image, ImageDraw

from apps.scanner import pictures
from apps.scanner.timeline import CLOCK_AXIS
from clarity.reports.expert_wording import (
    RESPECTS,
    SAME_FRAME,
    marks,
    marks_at,
    stretch,
    where,
)
from clarity.reports.expertise import ExpertForm, Inconsistencies, Region, Span
from clarity.reports.messages import Report

SIDE = 640
"""Pixels of the longer side of a plan."""
GROUND, OUTLINE = (112, 126, 137), (190, 200, 208)


@dataclass(frozen=True, slots=True)
class Plan:
    """An empty frame with the places that were marked on it.

    Attributes:
        image: RGB.
        words: the same for who does not see it.
    """

    image: Image.Image
    words: str


def plans(form: ExpertForm, report: Report) -> Iterator[Plan]:
    """A plan for every frame that has marks, by time."""
    told: set[int] = set()
    for number, first in sorted(marks(form), key=lambda mark: mark[1].seconds):
        if number in told:
            continue
        here = [one for one in marks_at(form, first.seconds) if one[0] not in told]
        told.update(number for number, _ in here)
        yield Plan(_plan(here, report, first.seconds), "; ".join(_words(*one) for one in here))


def spans(form: ExpertForm) -> list[tuple[str, Span]]:
    """Marked times with the respect that they belong to."""
    found: list[tuple[str, Span]] = []
    for name, title in RESPECTS:
        part: Inconsistencies = getattr(form, name)
        found += [(title, span) for span in part.spans]
    return found


def times(told: Sequence[tuple[str, Span]], duration: float) -> alt.Chart:
    """The marked times as bars along the clip; `duration` in seconds."""
    rows = [
        {"part": title, "start": span.start, "end": span.end, "note": span.note or "no note"}
        for title, span in told
    ]
    end = max([duration, *(span.end for _, span in told)])
    axis = alt.Axis(labelExpr=CLOCK_AXIS, tickMinStep=1, grid=False)
    return (
        alt.Chart(alt.Data(values=rows))
        # Round ends: a moment has no length and is seen all the same.
        .mark_rule(strokeWidth=10, strokeCap="round", color="#1c7fa6")
        .encode(
            x=alt.X("start:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, end])),
            x2="end:Q",
            y=alt.Y("part:N", title=None, axis=alt.Axis(labelLimit=220)),
            tooltip=[alt.Tooltip("note:N")],
        )
        .properties(height=44 * len({title for title, _ in told}) + 30)
    )


def times_in_words(told: Sequence[tuple[str, Span]]) -> str:
    return "; ".join(
        f"{title.lower()}, {stretch(span.start, span.end)}: {span.note or 'no note'}"
        for title, span in told
    )


def _plan(here: Sequence[tuple[int, Region]], report: Report, seconds: float) -> Image.Image:
    width, height = report.media.width, report.media.height
    scale = SIDE / max(width, height)
    board = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))), GROUND)
    draw = ImageDraw.Draw(board)
    for person in report.people:
        if abs(person.frame_seconds - seconds) <= SAME_FRAME:
            draw.ellipse(pictures.corners(person.box, board), outline=OUTLINE, width=3)
    return pictures.marked(board, [(str(number), one.box) for number, one in here])


def _words(number: int, region: Region) -> str:
    return f"{number}: {where(region)}; {region.note or 'no note'}"
