"""The forgetting matrix: every earlier task after every later one, and what it sums up to.

Lopez-Paz and Ranzato 2017 (arXiv 1706.08840): R[i, j] is a figure on task j after task i.
The mean is that of the last row; backward transfer is the mean over all but the last task of
R[last, j] - R[j, j], negative where tasks were forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Row = Mapping[str, Mapping[str, float]]
"""Task -> figure -> value."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Figures of one method.

    Attributes:
        tasks: in the order they were learnt.
        rows: after each task, the figures of it and of all before; fewer rows while it runs.
    """

    tasks: Sequence[str]
    rows: Sequence[Row]

    @property
    def finished(self) -> bool:
        return len(self.rows) == len(self.tasks)

    def mean(self, figure: str) -> float:
        """Over all tasks after the last one."""
        return float(np.mean([self.rows[-1][task][figure] for task in self.tasks]))

    def backward_transfer(self, figure: str) -> float:
        """What later tasks did to earlier ones; at least two tasks are needed."""
        changes = [
            self.rows[-1][task][figure] - self.rows[number][task][figure]
            for number, task in enumerate(self.tasks[:-1])
        ]
        return float(np.mean(changes))


def as_markdown(methods: Mapping[str, Matrix]) -> str:
    """The summary of the finished methods, then the matrix of each: AUC / accuracy."""
    finished = {name: matrix for name, matrix in methods.items() if matrix.finished}
    tables = [_summary(finished)] if finished else []
    return "\n\n".join([*tables, *(_table(name, matrix) for name, matrix in methods.items())])


def _summary(methods: Mapping[str, Matrix]) -> str:
    lines = [
        "| method | mean AUC | mean accuracy | backward transfer, AUC | and accuracy |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, matrix in methods.items():
        means = [f"{matrix.mean(figure):.3f}" for figure in ("auc", "accuracy")]
        back = [f"{matrix.backward_transfer(figure):+.3f}" for figure in ("auc", "accuracy")]
        lines.append(f"| {' | '.join([name, *means, *back])} |")
    return "\n".join(lines)


def _table(name: str, matrix: Matrix) -> str:
    lines = [
        f"| {name}, after | {' | '.join(matrix.tasks)} |",
        f"|---|{'---:|' * len(matrix.tasks)}",
    ]
    for learnt, row in zip(matrix.tasks, matrix.rows, strict=False):
        cells = [_cell(row[task]) if task in row else "" for task in matrix.tasks]
        lines.append(f"| {learnt} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(figures: Mapping[str, float]) -> str:
    return f"{figures['auc']:.3f} / {figures['accuracy']:.3f}"
