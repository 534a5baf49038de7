"""Checkpoints with Orbax: saved whole or not at all, the newest three are kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEPT = 3


def save(
    folder: Path,
    step: int,
    state: Mapping[str, Any],
    *,
    settings: Mapping[str, Any],
    first: bool = True,
) -> None:
    """Write `state` as `folder/step-N`; `settings` lie beside it for the reader.

    Where several processes train together all of them must call this at the same step; they
    see the same folder, and only the `first` of them writes beside the checkpoint and tidies.
    """
    import orbax.checkpoint as ocp

    folder.mkdir(parents=True, exist_ok=True)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(_path(folder, step), dict(state), force=True)
    if not first:
        return
    (folder / "settings.json").write_text(json.dumps(settings, indent=1))
    for old in _steps(folder)[:-KEPT]:
        _remove(_path(folder, old))


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest finished checkpoint, if there is one."""
    step = latest_step(folder)
    return _path(folder, step) if step else None


def latest_step(folder: Path) -> int:
    """Step of the newest finished checkpoint, 0 without one."""
    return max(_steps(folder), default=0)


def restore_step(folder: Path, step: int, *, like: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a step that `save` wrote; see `restore`."""
    return dict(restore(_path(folder, step), like=like))


def restore(path: Path, *, like: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state saved at `path`, with the structure, shapes and devices of `like`.

    Raises:
        ValueError: something else was saved there.
    """
    import orbax.checkpoint as ocp

    with ocp.StandardCheckpointer() as checkpointer:
        restored: Mapping[str, Any] = checkpointer.restore(path, dict(like))
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
