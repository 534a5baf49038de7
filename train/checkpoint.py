"""Checkpoints with Orbax: saved whole or not at all, the newest three are kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

KEPT = 3


def save(
    folder: Path, step: int, state: Mapping[str, list[np.ndarray]], *, settings: Mapping[str, Any]
) -> None:
    """Write `state` as `folder/step-N`; `settings` lie beside it for the reader."""
    import orbax.checkpoint as ocp

    folder.mkdir(parents=True, exist_ok=True)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(_path(folder, step), dict(state), force=True)
    (folder / "settings.json").write_text(json.dumps(settings, indent=1))
    for old in _steps(folder)[:-KEPT]:
        _remove(_path(folder, old))


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest finished checkpoint, if there is one."""
    steps = _steps(folder)
    return _path(folder, steps[-1]) if steps else None


def restore(path: Path, *, like: Mapping[str, list[np.ndarray]]) -> Mapping[str, list[np.ndarray]]:
    """The state saved at `path`, which has the structure and shapes of `like`."""
    import orbax.checkpoint as ocp

    with ocp.StandardCheckpointer() as checkpointer:
        restored: Mapping[str, list[np.ndarray]] = checkpointer.restore(path, dict(like))
    return restored


def _path(folder: Path, step: int) -> Path:
    return (folder / f"step-{step}").resolve()


def _steps(folder: Path) -> list[int]:
    # Orbax renames a finished checkpoint into place, so the plain name means finished
    found = [path.name.removeprefix("step-") for path in folder.glob("step-*")]
    return sorted(int(name) for name in found if name.isdigit())


def _remove(path: Path) -> None:
    import shutil

    shutil.rmtree(path)
