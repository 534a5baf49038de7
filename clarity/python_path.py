"""Where child processes find Clarity, however this process was started."""

import os
from pathlib import Path


def for_children() -> str:
    """PYTHONPATH with the folder of Clarity's packages on it, first if it was not there."""
    root, known = str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")
    if root in known.split(os.pathsep):
        return known
    return os.pathsep.join(filter(None, [root, known]))
