"""How the confidence of one person changes over a video."""

import altair as alt

from apps.wording import clock
from clarity.labels import FAKE_ABOVE, REAL_BELOW
from clarity.reports.messages import Person

ZONES = (
    ("Real", 0.0, REAL_BELOW, "#2f9e75"),
    ("Suspicious", REAL_BELOW, FAKE_ABOVE, "#d79a2b"),
    ("Fake", FAKE_ABOVE, 1.0, "#cf4a42"),
)
PERCENT_AXIS = "format(datum.value * 100, '.0f') + ' %'"
CLOCK_AXIS = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02.0f')"


def timeline(person: Person) -> alt.LayerChart | alt.FacetChart:
    """A line over time on the three zones of the labels, with the shown frame marked."""
    points = alt.Data(
        values=[
            {"seconds": at.seconds, "time": clock(at.seconds), "probability": at.confidence}
            for at in person.timeline
        ]
    )
    line = (
        alt.Chart(points)
        .mark_line(point=alt.OverlayMarkDef(size=36), color="#1c7fa6", strokeWidth=2.2)
        .encode(
            x=alt.X(
                "seconds:Q",
                title=None,
                axis=alt.Axis(labelExpr=CLOCK_AXIS, tickMinStep=1, grid=False),
            ),
            y=_probability_axis(),
            tooltip=[alt.Tooltip("time:N"), alt.Tooltip("probability:Q", format=".0%")],
        )
    )
    return alt.layer(_zones(), _shown(person), line).properties(height=230)


def _probability_axis() -> alt.Y:
    ticks = [0, REAL_BELOW, FAKE_ABOVE, 1]
    axis = alt.Axis(values=ticks, labelExpr=PERCENT_AXIS, labelOverlap=False, grid=False)
    return alt.Y("probability:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)


def _zones() -> alt.LayerChart | alt.FacetChart:
    zones = alt.Data(
        values=[
            {"label": label, "low": low, "high": high, "middle": (low + high) / 2, "colour": colour}
            for label, low, high, colour in ZONES
        ]
    )
    bands = (
        alt.Chart(zones)
        .mark_rect(opacity=0.16)
        .encode(
            y=alt.Y("low:Q", title=None),
            y2="high:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    names = (
        alt.Chart(zones)
        .mark_text(align="left", dx=8, fontSize=12, color="#70808c")
        .encode(
            y="middle:Q",
            x=alt.value("width"),
            text="label:N",
        )
    )
    return alt.layer(bands, names)


def _shown(person: Person) -> alt.Chart:
    shown = {"seconds": person.frame_seconds, "what": "the frame shown above"}
    return (
        alt.Chart(alt.Data(values=[shown]))
        .mark_rule(strokeDash=[4, 4], color="#7d8b96", strokeWidth=1.5)
        .encode(x="seconds:Q", tooltip=[alt.Tooltip("what:N", title="marked")])
    )
