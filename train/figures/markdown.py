"""The report of an evaluation: Markdown, plots beside it and every figure as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from clarity import metrics
from clarity.labels import FAKE_ABOVE, REAL_BELOW
from clarity.metrics import Interval
from train.attacks.lines import Attacked
from train.figures.measure import Measurement, Row
from train.figures.plots import draw

TITLES = {
    "auc": "AUC",
    "average_precision": "average precision",
    "equal_error_rate": "equal error rate",
    "ece": "expected calibration error",
    "false_fake_rate": "reals called Fake",
    "false_suspicious_rate": "reals called Suspicious",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
}

ALT = {
    "roc": "ROC curve",
    "reliability": "Reliability diagram",
    "confusion": "Confusion matrices",
    "sources": "AUC by source",
    "manipulations": "AUC by manipulation",
    "levels": "AUC and false accusations by degradation",
}


def write_report(measured: Measurement, folder: Path, attacks: Sequence[Attacked] = ()) -> Path:
    """Write `report.md`, its plots and `figures.json` into `folder`; gives the report.

    Args:
        measured: what an evaluation is worth.
        folder: of the report.
        attacks: of the same release, where it was attacked.
    """
    plots = draw(measured, folder)
    figures = measured.figures() | {
        f"attack.{line.attack}.{line.epsilon}.{line.defence}.auc": round(line.auc, 4)
        for line in attacks
    }
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    report = folder / "report.md"
    report.write_text("\n".join([*_lines(measured, plots), *_attacked(attacks)]) + "\n")
    return report


def _lines(measured: Measurement, plots: Sequence[Path]) -> Iterator[str]:
    yield f"## {measured.detector}, release {measured.release}"
    yield ""
    fakes = int(measured.judged.labels.sum())
    yield (
        f"{measured.items:,} items, of which {measured.not_applicable:,} could not be judged; "
        f"{len(measured.judged) - fakes:,} reals and {fakes:,} fakes. In brackets: 95 % "
        "bootstrap intervals, in which whole identities or original videos are drawn."
    )
    yield from _table(("", "all items"), _overall(measured))
    yield from _table(
        ("", f"not Real (from {REAL_BELOW:g})", f"Fake (above {FAKE_ABOVE:g})"),
        _decisions(measured),
    )
    yield from _pictures(plots, ("roc", "reliability", "confusion"))
    yield from _section("By manipulation", measured.manipulation)
    yield from _pictures(plots, ("manipulations",))
    yield from _section("By source", measured.source)
    if any(row.borrowed for row in measured.source.values()):
        yield (
            "\n\\* Without reals of its own, a source stands against the reals of all sources: "
            "its look alone can give its fakes away."
        )
    yield from _pictures(plots, ("sources",))
    yield from _voices(measured)
    if measured.level:
        yield from _section("By degradation", measured.level)
        yield from _pictures(plots, ("levels",))


def _voices(measured: Measurement) -> Iterator[str]:
    if not measured.voices:
        return
    kinds = list(measured.manipulation)
    yield "\n### By detector"
    yield (
        "\nShare of items that a detector alone calls Suspicious or Fake, of reals and of each "
        "manipulation; and for how many the panel's label is nearer to the truth than its own, "
        "or farther."
    )
    yield from _table(
        ("", "reals", *(kind.replace("_", " ") for kind in kinds), "nearer", "farther"),
        (
            (
                name,
                _share(voice.reals),
                *(_share(voice.fakes[kind]) if kind in voice.fakes else "" for kind in kinds),
                f"{voice.nearer:,}",
                f"{voice.farther:,}",
            )
            for name, voice in measured.voices.items()
        ),
    )


def _attacked(attacks: Sequence[Attacked]) -> Iterator[str]:
    """AUC / accuracy of every attack (rows) behind every defence (columns)."""
    if not attacks:
        return
    defences = list(dict.fromkeys(line.defence for line in attacks))
    found = {(line.attack, line.epsilon, line.defence): line for line in attacks}
    yield "\n### Under attack"
    yield "\nAUC / accuracy at 0.5; every pixel changes by at most so many grey levels of 255."
    yield from _table(
        ("", "grey levels", *(name.replace("_", " ") for name in defences)),
        (
            (attack, f"{epsilon}", *(_of(found.get((attack, epsilon, one))) for one in defences))
            for attack, epsilon in dict.fromkeys((one.attack, one.epsilon) for one in attacks)
        ),
    )


def _of(line: Attacked | None) -> str:
    return f"{line.auc:.3f} / {line.accuracy:.3f}" if line else ""


def _overall(measured: Measurement) -> Iterator[tuple[str, ...]]:
    for name, one in measured.overall.items():
        yield TITLES[name], _interval(name, one)
    if measured.raw is not None:
        raw = metrics.expected_calibration_error(measured.judged.labels, measured.raw)
        words = f"{raw:.3f} (it was fitted on: {measured.fitted_on})"
        yield "calibration error before calibration", words
    if measured.effort:
        effort = measured.effort
        yield "detectors, by the clock", f"{effort.milliseconds_a_face:.1f} ms a face"
        yield "energy of a whole scan", f"{1000 * effort.watt_hours_an_item:.3f} mWh"
        yield "emissions of a whole scan", f"{1e6 * effort.gco2e_an_item:.1f} µg CO₂e"


def _decisions(measured: Measurement) -> Iterator[tuple[str, ...]]:
    sides = measured.decisions.values()
    for name in ("accuracy", "balanced_accuracy", "precision", "recall", "f1"):
        yield (
            TITLES[name],
            *(
                _interval(name, side.figures[name]) if name in side.figures else "undefined"
                for side in sides
            ),
        )


def _section(title: str, rows: Mapping[str, Row]) -> Iterator[str]:
    yield f"\n### {title}"
    yield from _table(("", "reals", "fakes", "AUC", "reals called Fake"), _parts(rows))


def _parts(rows: Mapping[str, Row]) -> Iterator[tuple[str, ...]]:
    for name, row in rows.items():
        figures = {
            figure: _interval(figure, row.figures[figure]) if figure in row.figures else ""
            for figure in ("auc", "false_fake_rate")
        }
        star = " \\*" if row.borrowed and figures["auc"] else ""
        yield (
            name.replace("_", " "),
            f"{row.real:,}",
            f"{row.fake:,}",
            figures["auc"] + star,
            figures["false_fake_rate"],
        )


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield ""
    yield _line(head)
    yield _line(["---"] + ["---:"] * (len(head) - 1))
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(name: str, one: Interval) -> str:
    if name in ("false_fake_rate", "false_suspicious_rate"):
        return f"{_share(one.value)} ({_share(one.low)} to {_share(one.high)})"
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _share(value: float) -> str:
    return f"{value:.1%}".replace("%", " %")


def _pictures(plots: Sequence[Path], names: Sequence[str]) -> Iterator[str]:
    for plot in plots:
        if plot.stem in names:
            yield f"\n![{ALT[plot.stem]}](./{plot.name})"
