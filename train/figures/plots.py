"""Plots of a measurement as PNG, readable at a width of 600 pixels.

Colours are Okabe and Ito's, which people of any colour vision can tell apart; whatever a colour
says, a shape or a word says too.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity import metrics
from clarity.labels import FAKE_ABOVE, REAL_BELOW
from clarity.metrics import Interval
from train.figures.measure import LIMITS, Judged, Measurement, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 6.0
"""Inches; at 200 dots an inch the files are twice as fine as they are shown."""

INK, QUIET, LINE = "#222222", "#6b6b6b", "#dddddd"
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"

STYLE: Any = {
    "figure.dpi": 200,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "legend.frameon": False,
}

GRID = np.linspace(0, 1, 101)


def draw(measured: Measurement, folder: Path) -> list[Path]:
    """Write every plot that there are figures for; gives the files in the report's order."""
    folder.mkdir(parents=True, exist_ok=True)
    with _style():
        plots: dict[str, Figure] = {
            "roc": _roc(measured),
            "reliability": _reliability(measured),
            "confusion": _confusion(measured),
            "sources": _parts(measured.source, "Sources"),
            "manipulations": _parts(measured.manipulation, "Manipulations"),
        }
        if measured.level:
            plots["levels"] = _levels(measured.level)
        for name, figure in plots.items():
            figure.savefig(folder / f"{name}.png")
    return [folder / f"{name}.png" for name in plots]


def _style() -> AbstractContextManager[None]:
    import matplotlib as mpl

    return mpl.rc_context(STYLE)


def _axes(height: float, columns: int = 1) -> tuple["Figure", list["Axes"]]:
    """A figure that no window system knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(1, columns, n + 1) for n in range(columns)]


def _roc(measured: Measurement) -> "Figure":
    figure, (axes,) = _axes(4.6)
    judged = measured.judged
    accused, caught = metrics.roc(judged.labels, judged.scores)
    low, high = _band(judged)
    axes.fill_between(GRID, low, high, color=BLUE, alpha=0.18, linewidth=0, label="95 % interval")
    axes.plot(accused, caught, color=BLUE, linewidth=1.8, label=_auc_words(measured))
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=":", label="chance")
    for limit, marker, words in (
        ("not_real", "o", f"not Real: {REAL_BELOW:g} and more"),
        ("fake", "s", f"Fake: above {FAKE_ABOVE:g}"),
    ):
        table = measured.decisions[limit].confusion
        axes.plot(
            table.real_as_fake / (table.real_as_fake + table.real_as_real),
            table.fake_as_fake / (table.fake_as_fake + table.fake_as_real),
            marker=marker,
            color=ORANGE,
            markeredgecolor="white",
            markersize=8,
            linestyle="none",
            clip_on=False,
            label=words,
            zorder=4,
        )
    axes.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    axes.set(xlabel="share of reals called fake", ylabel="share of fakes called fake")
    _head(axes, "ROC", _counts(judged))
    axes.legend(loc="lower right")
    return figure


def _band(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the curve's height over `GRID` in 95 % of samples, drawn by identity."""
    heights = []
    for chosen in metrics.resamples(judged.groups):
        try:
            heights.append(
                np.interp(GRID, *metrics.roc(judged.labels[chosen], judged.scores[chosen]))
            )
        except metrics.MetricUndefined:
            continue
    low, high = np.quantile(heights, (0.025, 0.975), axis=0)
    return low, high


def _auc_words(measured: Measurement) -> str:
    one = measured.overall["auc"]
    return f"AUC {one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _reliability(measured: Measurement) -> "Figure":
    figure, (axes,) = _axes(4.6)
    judged = measured.judged
    shown = [("calibrated", judged.scores, BLUE, "o-")]
    if measured.raw is not None:
        shown.insert(0, ("before calibration", measured.raw, ORANGE, "s--"))
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=":", label="perfect")
    for words, scores, colour, line in shown:
        said, true, items = metrics.reliability(judged.labels, scores).T
        error = metrics.expected_calibration_error(judged.labels, scores)
        axes.plot(said, true, line, color=colour, linewidth=1.4, markersize=0)
        axes.scatter(
            said,
            true,
            s=12 + 160 * items / len(judged),
            color=colour,
            marker=line[0],
            edgecolor="white",
            linewidth=0.6,
            zorder=3,
            label=f"{words}, ECE {error:.3f}",
        )
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02), aspect="equal")
    axes.set(xlabel="probability that was said (mean of the bin)", ylabel="share that was fake")
    _head(axes, "Reliability", f"{_counts(judged)}; area of a point: items in its bin")
    axes.legend(loc="upper left")
    return figure


def _confusion(measured: Measurement) -> "Figure":
    figure, places = _axes(2.9, columns=len(LIMITS))
    titles = {"not_real": f"Limit {REAL_BELOW:g}: not Real", "fake": f"Limit {FAKE_ABOVE:g}: Fake"}
    for axes, (limit, decision) in zip(places, measured.decisions.items(), strict=True):
        table = decision.confusion
        counts = np.array(
            [[table.real_as_real, table.real_as_fake], [table.fake_as_real, table.fake_as_fake]]
        )
        shares = counts / counts.sum(axis=1, keepdims=True)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.15)
        for (row, column), share in np.ndenumerate(shares):
            axes.text(
                column,
                row,
                f"{counts[row, column]:,}\n{share:.1%}".replace("%", " %"),
                ha="center",
                va="center",
                color="white" if share > 0.6 else INK,
                fontsize=11,
            )
        below = "Real" if limit == "not_real" else "not Fake"
        above = "not Real" if limit == "not_real" else "Fake"
        axes.set_xticks([0, 1], [below, above])
        axes.set_yticks([0, 1], ["real", "fake"])
        axes.set(xlabel="called", ylabel="it is")
        axes.set_title(titles[limit])
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure


def _parts(rows: Mapping[str, Row], title: str) -> "Figure":
    """AUC of each part as a point with its interval, the worst at the bottom."""
    known = {name: row.figures["auc"] for name, row in rows.items() if "auc" in row.figures}
    order = sorted(known, key=lambda name: known[name].value)
    figure, (axes,) = _axes(1.1 + 0.3 * len(order))
    for place, name in enumerate(order):
        row, one = rows[name], known[name]
        _whisker(axes, place, one, filled=not row.borrowed)
    labels = [f"{_words(name)}  ({_own_counts(rows[name])})" for name in order]
    axes.set_yticks(range(len(order)), labels)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.axvline(0.5, color=QUIET, linewidth=1, linestyle=":")
    axes.set_xlim(min(0.48, *(known[name].low - 0.02 for name in order)), 1.01)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.set_xlabel("AUC with its 95 % interval by identity; dotted: chance")
    _head(axes, title, "(reals : fakes of its own); hollow: against all reals")
    return figure


def _whisker(axes: "Axes", place: float, one: Interval, *, filled: bool) -> None:
    axes.plot([one.low, one.high], [place, place], color=BLUE, linewidth=2, alpha=0.5)
    axes.plot(
        one.value,
        place,
        marker="o",
        markersize=6.5,
        color=BLUE,
        markerfacecolor=BLUE if filled else "white",
    )


def _levels(rows: Mapping[str, Row]) -> "Figure":
    figure, places = _axes(2.9, columns=2)
    for axes, name, colour, title in (
        (places[0], "auc", BLUE, "AUC"),
        (places[1], "false_fake_rate", ORANGE, "Reals called Fake"),
    ):
        known = [(level, row.figures[name]) for level, row in rows.items() if name in row.figures]
        for place, (_, one) in enumerate(known):
            axes.plot([place, place], [one.low, one.high], color=colour, linewidth=2, alpha=0.5)
        axes.plot([one.value for _, one in known], "o-", color=colour, linewidth=1.4, markersize=6)
        axes.set_xticks(range(len(known)), [level for level, _ in known])
        axes.grid(visible=False, axis="x")
        axes.set_title(title)
    places[1].set_ylim(bottom=0)
    places[1].yaxis.set_major_formatter(lambda value, _: f"{value:.1%}".replace("%", " %"))
    first = next(iter(rows.values()))
    figure.supxlabel(
        f"degradation of {first.real:,} reals and {first.fake:,} fakes", fontsize=10, color=INK
    )
    return figure


def _head(axes: "Axes", title: str, note: str) -> None:
    axes.set_title(title, pad=20)
    axes.annotate(
        note,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 6),
        textcoords="offset points",
        fontsize=9,
        color=QUIET,
    )


def _counts(judged: Judged) -> str:
    fakes = int(judged.labels.sum())
    groups = len(np.unique(judged.groups))
    return f"{len(judged) - fakes:,} reals, {fakes:,} fakes, {groups:,} identities"


def _own_counts(row: Row) -> str:
    return f"{row.real} : {row.fake}"


def _words(name: str) -> str:
    return name.replace("_", " ")
