"""A line of the table of attacks, on screen, in a file and in the report of an evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from clarity.errors import ClarityError


class NoAttacks(ClarityError):
    status = 422
    code = "no-attacks"
    hint = "Give a file that `python -m train attack --json FILE` wrote."


@dataclass(frozen=True, slots=True)
class Attacked:
    """AUC and accuracy at 0.5 of the served detector under an attack behind a defence.

    Attributes:
        attack: its name; "none" for clean faces.
        epsilon: largest change of a pixel, grey levels of 255.
        defence: a transformation of the input or of the answers; "none" without.
    """

    attack: str
    epsilon: int
    defence: str
    auc: float
    accuracy: float


_LINES = TypeAdapter(list[Attacked])


def write(lines: Sequence[Attacked], path: Path) -> None:
    """As JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_LINES.dump_json(list(lines), indent=1) + b"\n")


def read(path: Path) -> list[Attacked]:
    """What `write` wrote.

    Raises:
        NoAttacks: it is nothing of the kind.
    """
    try:
        return _LINES.validate_json(path.read_bytes())
    except ValidationError as error:
        raise NoAttacks(f"{path} holds no table of attacks.") from error
