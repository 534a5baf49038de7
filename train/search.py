"""What a recipe leaves open for a search, and how a choice is put into a phase.

SEARCH = {"schedule.peak_rate": Between(3e-5, 1e-3, log=True), "batches.delivery": ...}
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clarity.errors import ClarityError
from train.recipe import Phase


class ChoiceUnknown(ClarityError):
    status = 422
    code = "choice-unknown"
    hint = "Name a number of the schedule or the batches, such as schedule.peak_rate."


@dataclass(frozen=True, slots=True)
class Between:
    """Any number from `low` to `high`; `log` for numbers whose order of magnitude is open."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some values."""

    values: tuple[Any, ...]


Search = Mapping[str, Between | OneOf]


def default(phase: Phase, search: Search) -> dict[str, Any]:
    """What the recipe itself chose.

    Raises:
        ChoiceUnknown: the search names what a phase does not have.
    """
    return {name: _value(phase, name) for name in search}


def chosen(phase: Phase, choices: Mapping[str, Any]) -> Phase:
    """The phase with some of its numbers replaced, by names such as `schedule.peak_rate`.

    Raises:
        ChoiceUnknown: a name is not there.
    """
    for name, value in choices.items():
        _value(phase, name)
        part, _, field = name.partition(".")
        changed = replace(getattr(phase, part), **{field: value})
        phase = replace(phase, **{part: changed})
    return phase


def _value(phase: Phase, name: str) -> Any:
    part, _, field = name.partition(".")
    if part not in ("schedule", "batches") or not hasattr(getattr(phase, part), field):
        raise ChoiceUnknown(f"A phase has no {name!r}.")
    return getattr(getattr(phase, part), field)
