"""A scan as clients see it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from clarity.reports.messages import Report


class ScanState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Stage(StrEnum):
    """Where a running scan is; shown as progress."""

    WAITING = "waiting"
    FETCH = "fetch"
    DECODE = "decode"
    FACES = "faces"
    DETECTORS = "detectors"
    EXPLAIN = "explain"
    FINISHED = "finished"


class Problem(BaseModel):
    """RFC 9457 problem document with a hint for a person."""

    model_config = ConfigDict(frozen=True)
    type: str
    title: str
    status: int
    detail: str
    hint: str


class Place(BaseModel):
    """Where a scan stands in the queue."""

    model_config = ConfigDict(frozen=True)
    ahead: int = Field(description="scans that come first, those in work too")
    seconds: int = Field(description="until its report, if things go on as they did of late")


class Scan(BaseModel):
    """State of a scan; `report` is set when done, `problem` when failed."""

    model_config = ConfigDict(frozen=True)
    id: str
    state: ScanState
    stage: Stage
    fraction: float = 0.0
    source: str
    created_at: datetime
    instant: bool = False
    waiting: Place | None = Field(default=None, description="while no worker has taken it")
    report: Report | None = None
    problem: Problem | None = None
