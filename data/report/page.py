"""Put the survey, the baseline and the poisoning check of a set together on one page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from data.poison import Finding
from data.report.appearance import CLASSES, NOT_ESTIMATED, tone
from data.report.baseline import WARN_ABOVE, Reading, readings
from data.report.pictures import contact_sheet, histogram
from data.report.survey import ItemFacts, Survey, Tally
from data.shards import SetRecord

SPLITS = ("train", "validation", "test", "")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table that compares real and forged: a name and the items of each label."""

    name: str
    real: int
    fake: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A histogram with its title and the unit of its values."""

    title: str
    unit: str
    svg: Markup


def render(record: SetRecord, found: Survey, *, findings: Sequence[Finding] | None = None) -> str:
    """The whole page as HTML that needs nothing beside itself.

    Args:
        record: of the set.
        found: by `data.report.survey.survey`.
        findings: by `data.poison.inspect`; None if it was not run.
    """
    leaks = list(readings(found.items))
    environment = Environment(
        loader=PackageLoader("data.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.jinja")
    return template.render(
        record=record,
        found=found,
        warnings=list(warnings(leaks, findings or ())),
        lopsided=[leak.name for leak in leaks if leak.reason == "one label only"],
        sources=_by_source(found),
        splits=[name for name in SPLITS if any(t.splits[name] for t in found.tallies.values())],
        leaks=leaks,
        warn_above=WARN_ABOVE,
        charts=list(_charts(found.items)),
        formats=_compare(found.items, [_format_of(item) for item in found.items]),
        tones=_ordered(_compare(found.items, [tone(item.angle) for item in found.items])),
        sexes=_compare(found.items, [item.sex or "not annotated" for item in found.items]),
        labels=Line("", *_label_counts(found.items)),
        sheets=[(*key, len(faces), contact_sheet(faces)) for key, faces in _sorted_faces(found)],
        findings=findings,
    )


def warnings(leaks: Sequence[Reading], findings: Sequence[Finding]) -> Iterator[str]:
    """What should be mended before training, in plain words, the worst first."""
    for finding in findings:
        if finding.alarm:
            yield (
                f"{finding.source}: {len(finding.keys)} crops labelled {finding.label} look "
                "poisoned. Look at them below before anything is trained on this source."
            )
    for leak in sorted(leaks, key=lambda leak: -(leak.auc or 0)):
        if leak.leaks and not leak.may_be_chance:
            fact = f", most of it from {leak.strongest}" if leak.strongest else ""
            yield (
                f"{leak.name}: the label can be read from metadata alone (AUC {leak.auc:.2f}"
                f"{fact}). A detector may learn that and not the forgery: make both labels "
                "alike in it, or augment it away."
            )


def _by_source(found: Survey) -> dict[str, list[tuple[str, bool, Tally]]]:
    rows: dict[str, list[tuple[str, bool, Tally]]] = {}
    for (source, manipulation, fake), tally in sorted(
        found.tallies.items(), key=lambda entry: (entry[0][0], entry[0][2], entry[0][1])
    ):
        rows.setdefault(source, []).append((manipulation, fake, tally))
    return rows


def _sorted_faces(found: Survey) -> list[tuple[tuple[str, str], list[np.ndarray]]]:
    named = {(source, "fake" if fake else "real"): v for (source, fake), v in found.faces.items()}
    return sorted(named.items(), key=lambda entry: (entry[0][0], entry[0][1] == "fake"))


def _charts(items: Sequence[ItemFacts]) -> Iterator[Chart]:
    quantities = (
        ("Longer side of the media", "pixels", [max(i.width, i.height) for i in items], True),
        ("Face size in the media", "pixels", [i.face_size for i in items], True),
        ("File size", "bytes", [i.media_bytes for i in items], True),
        ("Bytes a pixel", "", [i.media_bytes / max(i.width * i.height, 1) for i in items], True),
        ("JPEG quality, estimated", "1 to 100", [i.quality or np.nan for i in items], False),
        (
            "Lightness of the crop",
            "CIE L*, 0 black to 100 white",
            [i.lightness for i in items],
            False,
        ),
        ("Skin, typology angle", "degrees, higher is lighter", [i.angle for i in items], False),
    )
    fake = np.array([item.fake for item in items], bool)
    for title, unit, values, logarithmic in quantities:
        known = np.isfinite(values) & ((np.array(values) > 0) | (not logarithmic))
        if known.any():
            array = np.array(values, float)
            svg = histogram(array[known & ~fake], array[known & fake], logarithmic=logarithmic)
            yield Chart(title, unit, svg)


def _format_of(item: ItemFacts) -> str:
    return f"{item.media_format}, {item.codec}" if item.codec else item.media_format


def _compare(items: Sequence[ItemFacts], names: Sequence[str]) -> list[Line]:
    """Items of each label by name, the most frequent first."""
    counts = Counter(zip(names, (item.fake for item in items), strict=True))
    lines = [Line(name, counts[name, False], counts[name, True]) for name in set(names)]
    return sorted(lines, key=lambda line: (-line.real - line.fake, line.name))


def _ordered(lines: list[Line]) -> list[Line]:
    by_name = {line.name: line for line in lines}
    return [by_name.get(name, Line(name, 0, 0)) for name in (*CLASSES, NOT_ESTIMATED)]


def _label_counts(items: Sequence[ItemFacts]) -> tuple[int, int]:
    fake = sum(item.fake for item in items)
    return len(items) - fake, fake


def write(page: str, out: Path) -> None:
    """Write the page; folders are made."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page)
