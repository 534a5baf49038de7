"""Energy of a training run: counted beside its checkpoints, so that a resumed run goes on."""

import json
from collections.abc import Iterable
from pathlib import Path

from clarity.carbon.meter import Meter
from clarity.carbon.places import place
from clarity.carbon.processors import these_accelerators
from clarity.settings import load_settings

FILE = "energy.json"


class EnergyAccount:
    """Energy of one phase in its folder, over all the processes that worked on it.

    The region is the setting `CLARITY_REGION`. Work since the last report of a process that
    was killed is not counted.
    """

    def __init__(self, folder: Path, *, process: int = 0) -> None:
        """Args:
        folder: of the phase.
        process: of several that train together, each of which keeps an account.
        """
        self._path = folder / (f"energy-{process}.json" if process else FILE)
        self._before = _read(self._path)
        self._meter = Meter(place(load_settings().region), accelerators=these_accelerators())

    def figures(self) -> dict[str, float]:
        """Cumulative `kwh` and `gco2e` (grams), which are written down as well."""
        taken = self._meter.footprint()
        figures = {
            "kwh": self._before["kwh"] + taken.kwh,
            "gco2e": self._before["gco2e"] + taken.gco2e,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps({**figures, "basis": taken.basis}, indent=1))
        draft.replace(self._path)
        return figures


def run_figures(run: Path) -> dict[str, float]:
    """`training.kwh` and `training.gco2e` of all phases of a run; empty where none counted."""
    phases = [_read(path) for path in sorted(run.glob("*/energy*.json"))]
    if not phases:
        return {}
    return {
        f"training.{name}": float(f"{sum(phase[name] for phase in phases):.4g}")
        for name in ("kwh", "gco2e")
    }


def carry_over(runs: Iterable[Path], run: Path) -> None:
    """What went into several runs went into the one that is made of them."""
    for one in set(runs):
        for path in sorted(one.glob("*/energy*.json")):
            copy = run / f"{one.name}-{path.parent.name}" / path.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def _read(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {"kwh": 0.0, "gco2e": 0.0}
    content = json.loads(path.read_text())
    return {name: float(content[name]) for name in ("kwh", "gco2e")}
