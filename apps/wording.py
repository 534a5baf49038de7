"""What Clarity says to a person: the words of reports, and those of a scan under way."""

from clarity.reports.wording import (
    DECISIONS,
    MANIPULATIONS,
    SCALE_NOTE,
    Decision,
    clock,
    count,
    duration,
    footprint,
    percent,
    scaled,
)
from clarity.scans.messages import Stage

__all__ = [
    "DECISIONS",
    "MANIPULATIONS",
    "SCALE_NOTE",
    "STAGES",
    "Decision",
    "clock",
    "count",
    "duration",
    "footprint",
    "percent",
    "scaled",
]

STAGES = {
    Stage.WAITING: "Waiting for its turn",
    Stage.FETCH: "Fetching it from the address",
    Stage.DECODE: "Opening the file",
    Stage.FACES: "Looking for faces",
    Stage.DETECTORS: "Examining every face",
    Stage.EXPLAIN: "Drawing the explanation",
    Stage.FINISHED: "Finished",
}
