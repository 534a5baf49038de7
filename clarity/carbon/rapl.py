"""The processor's own energy counters (Intel and AMD: "running average power limit").

Linux shows them at /sys/class/powercap. Most kernels let only root read them, and virtual
machines have none; then nothing is read and the table of `processors` is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
JOULES_A_KWH = 3.6e6


@dataclass(frozen=True, slots=True)
class Counter:
    """Energy of one package so far, and where the count starts again, in microjoules."""

    energy: int
    range: int


def counters(folder: Path = POWERCAP) -> dict[str, Counter]:
    """Every package's counter by name; empty where none can be read."""
    found = {}
    # packages are intel-rapl:0, their parts intel-rapl:0:0: a part must not count twice
    for zone in sorted(folder.glob("intel-rapl:*")):
        if zone.name.count(":") == 1:
            try:
                energy = int((zone / "energy_uj").read_text())
                span = int((zone / "max_energy_range_uj").read_text())
            except OSError:
                return {}
            found[zone.name] = Counter(energy, span)
    return found


def kwh_between(before: Mapping[str, Counter], after: Mapping[str, Counter]) -> float:
    """Energy of the packages between two readings, each counter wrapped once at most."""
    microjoules = 0
    for name, then in before.items():
        spent = after[name].energy - then.energy
        microjoules += spent if spent >= 0 else spent + then.range
    return microjoules / 1e6 / JOULES_A_KWH
