"""Logs as JSON lines on standard error. Media and their addresses are never logged."""

import logging
import sys
from typing import Any, TextIO

import structlog

from clarity.settings import Settings

_TRACEBACK = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def open_logs(settings: Settings, process: str) -> None:
    """Called once by every process that logs; `process` names its file in the log folder."""
    if settings.log_folder is None:
        configure_logs(sys.stderr)
        return
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    # Line by line, so that a killed process has written what it logged.
    configure_logs((settings.log_folder / f"{process}.jsonl").open("a", buffering=1))


def _frames(exc_info: Any) -> list[dict[str, Any]]:
    """Where it happened, and of which kind: without local variables and without its words.

    Both may hold what a client sent: a validator repeats a password, a database an address.
    """
    return [_silent(one) for one in _TRACEBACK(exc_info)]


def _silent(told: dict[str, Any]) -> dict[str, Any]:
    nested = [[_silent(one) for one in group] for group in told.get("exceptions", [])]
    return {"exc_type": told["exc_type"], "frames": told["frames"], "exceptions": nested}


def configure_logs(stream: TextIO, level: int = logging.INFO) -> None:
    """Write log lines to `stream`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_frames),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
