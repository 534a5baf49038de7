"""Energy of a piece of work while it runs: processor time of its whole process tree.

    with Meter(place("europe-west6")) as meter:
        work()
    meter.footprint().gco2e

Counted is the time that processors really worked for it, at the power of a busy one; what
an idle machine draws in any case is nobody's. Work of other threads of the same process counts
too: they cannot be told apart.
"""

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from clarity.carbon import rapl
from clarity.carbon.footprint import (
    GRAMS_A_TONNE,
    SECONDS_AN_HOUR,
    Footprint,
    emissions_tonnes,
    energy_kwh,
)
from clarity.carbon.places import ANYWHERE, Place
from clarity.carbon.processors import Processor, processor, this_processor


@dataclass(frozen=True, slots=True)
class _Reading:
    """Clocks at one moment, in seconds, and the energy counters."""

    wall: float = field(default_factory=time.perf_counter)
    tree: float = field(default_factory=lambda: tree_seconds())
    machine: float = field(default_factory=lambda: _machine_seconds())
    packages: Mapping[str, rapl.Counter] = field(default_factory=dict)


class Meter:
    """Measures from `start` (or the beginning of a `with`) on.

    Args:
        where: whose grid and building count.
        cpu: class of the processor; by default this machine's.
        accelerators: class -> how many are held for the whole time.
        powercap: where the energy counters are.

    Raises:
        UnknownProcessor: an accelerator whose power is not known.
    """

    def __init__(
        self,
        where: Place = ANYWHERE,
        *,
        cpu: Processor | None = None,
        accelerators: Mapping[str, int] | None = None,
        powercap: Path = rapl.POWERCAP,
    ) -> None:
        self._where = where
        self._cpu = cpu or this_processor()
        self._accelerators = {processor(n): count for n, count in (accelerators or {}).items()}
        self._powercap = powercap
        self._elsewhere = 0.0
        self._end: _Reading | None = None
        self.start()

    def start(self) -> None:
        """Begin anew."""
        self._elsewhere = 0.0
        self._end = None
        self._begin = self._read()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end = self._read()

    def add(self, processor_seconds: float) -> None:
        """Count processor time that other processes spent on the work's behalf."""
        self._elsewhere += processor_seconds

    def footprint(self) -> Footprint:
        """What the work took until now, or until the end of the `with`."""
        end = self._end or self._read()
        seconds = end.wall - self._begin.wall
        kwh = self._cpu_kwh(end) + sum(
            self._kwh(seconds * count, unit.watts) for unit, count in self._accelerators.items()
        )
        tonnes = emissions_tonnes(kwh, kg_per_kwh=self._where.kg_per_kwh)
        return Footprint(seconds, kwh, tonnes * GRAMS_A_TONNE, self._basis())

    def _read(self) -> _Reading:
        return _Reading(packages=rapl.counters(self._powercap))

    def _cpu_kwh(self, end: _Reading) -> float:
        tree = end.tree - self._begin.tree
        if not self._begin.packages or not end.packages:
            return self._kwh(tree + self._elsewhere, self._cpu.watts)
        busy = end.machine - self._begin.machine
        share = min(1.0, tree / busy) if busy > 0 else 0.0
        measured = rapl.kwh_between(self._begin.packages, end.packages) * share * self._where.pue
        return measured + self._kwh(self._elsewhere, self._cpu.watts)

    def _kwh(self, processor_seconds: float, watts: float) -> float:
        return energy_kwh(
            hours=max(0.0, processor_seconds) / SECONDS_AN_HOUR,
            processors=1,
            watts=watts,
            pue=self._where.pue,
        )

    def _basis(self) -> str:
        power = f"{self._cpu.watts:g} W per busy {self._cpu.title}"
        if self._begin.packages:
            power = "the processor's energy counter"
        units = "".join(
            f", {count} {unit.title} of {unit.watts:g} W"
            for unit, count in self._accelerators.items()
        )
        return (
            f"{power}{units}; PUE {self._where.pue:g}; "
            f"{self._where.kg_per_kwh:g} kg CO2e per kWh, {self._where.where}"
        )


def tree_seconds() -> float:
    """Processor seconds of this process and its descendants, those that ended included."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children(recursive=True):
        try:
            spent = child.cpu_times()
        except psutil.Error:
            continue  # it ended meanwhile
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def _machine_seconds() -> float:
    """Processor seconds that the machine was not idle since it started."""
    spent = psutil.cpu_times()
    return float(sum(spent) - spent.idle - spent.iowait - spent.guest - spent.guest_nice)
