"""What became of one item, and the exit code that tells a script about all of them."""

from collections.abc import Callable, Sequence
from enum import IntEnum

from pydantic import BaseModel, ConfigDict

from clarity.labels import Label
from clarity.reports.messages import Report
from clarity.scans.messages import Problem, Stage


class ExitCode(IntEnum):
    """1 and 2 stay what they are everywhere: a crash, and wrong usage.

    DIFFERS is of evidence that is not as it was signed, or not computed again as it was.
    """

    REAL = 0
    FAKE = 10
    SUSPICIOUS = 11
    NOT_APPLICABLE = 12
    NOT_SCANNED = 20
    DIFFERS = 30


EXIT_CODES = """\
Exit codes, the first that applies:

10 at least one item is Fake;

20 at least one item could not be scanned;

11 at least one item is Suspicious;

12 at least one item is Not applicable, such as a picture without a face;

0 every item is Real.

2 is wrong usage and 130 an interruption, as everywhere."""


class NotReady(Exception):
    """Nothing can be scanned at all; a message and a hint for a person."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Outcome(BaseModel):
    """A report, or the problem that prevented one.

    Attributes:
        item: the path or address as it was given.
        scan: identifier at the service; absent for a local scan or a refused item.
        instant: answered from an earlier scan of the same content.
    """

    model_config = ConfigDict(frozen=True)
    item: str
    scan: str | None = None
    instant: bool = False
    report: Report | None = None
    problem: Problem | None = None


Notify = Callable[[Stage, float], None]
"""Told the stage of the item under way and the part of the stage that is done, in [0, 1]."""

Scanner = Callable[[str, Notify], Outcome]
"""Scans one item: at the service (`remote`) or in this process (`local`)."""


def problem_outcome(item: str, message: str, hint: str, *, status: int, code: str) -> Outcome:
    """An outcome of something that could not be scanned."""
    problem = Problem(type=code, title=code, status=status, detail=message, hint=hint)
    return Outcome(item=item, problem=problem)


def exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    """The worst finding wins, so that a script never overlooks a fake."""
    labels = {outcome.report.label for outcome in outcomes if outcome.report}
    if Label.FAKE in labels:
        return ExitCode.FAKE
    if any(outcome.report is None for outcome in outcomes):
        return ExitCode.NOT_SCANNED
    if Label.SUSPICIOUS in labels:
        return ExitCode.SUSPICIOUS
    if Label.NOT_APPLICABLE in labels:
        return ExitCode.NOT_APPLICABLE
    return ExitCode.REAL
