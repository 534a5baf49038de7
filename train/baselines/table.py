"""The contest as Markdown: two tables for each fold."""

from collections.abc import Iterator, Sequence

from clarity.metrics import Interval
from train.baselines.contest import Line


def as_markdown(lines: Sequence[Line]) -> str:
    """AUC by source, then by manipulation with what calibration is worth, fold by fold.

    AUC with its 95 % interval; rates of real faces and calibration errors of unseen sources.
    """
    folds = dict.fromkeys(line.fold for line in lines)
    return "\n\n".join(
        "\n".join(rows)
        for fold in folds
        for own in [[line for line in lines if line.fold == fold]]
        for rows in (_by_source(fold, own), _by_manipulation(fold, own))
    )


def _by_source(fold: str, lines: Sequence[Line]) -> Iterator[str]:
    yield from _head(f"left out: {fold}", [*lines[0].figures, "unseen, mean"])
    for line in lines:
        cells = [_told(one) for one in line.figures.values()]
        yield f"| {line.contender} | {' | '.join(cells)} | {line.unseen:.3f} |"


def _by_manipulation(fold: str, lines: Sequence[Line]) -> Iterator[str]:
    rates = ["real called Fake", "real called Suspicious", "calibration error"]
    yield from _head(f"unseen: {fold}", [*lines[0].manipulations, *rates])
    for line in lines:
        cells = [_told(one) for one in line.manipulations.values()]
        cells += [f"{line.trust.real_fake:.1%}", f"{line.trust.real_suspicious:.1%}"]
        yield f"| {line.contender} | {' | '.join(cells)} | {line.trust.ece:.3f} |"


def _head(first: str, columns: Sequence[str]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * len(columns)}"


def _told(one: Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
