"""A scan as clients see it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

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
    report: Report | None = None
    problem: Problem | None = None
