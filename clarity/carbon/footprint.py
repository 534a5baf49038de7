"""Energy and emissions of computing: two formulas and the figure that they give.

Green Algorithms (Lannelongue et al. 2021, doi 10.1002/advs.202100707) uses the same ones.
"""

from dataclasses import dataclass

GRAMS_A_TONNE = 1e6
SECONDS_AN_HOUR = 3600.0


def energy_kwh(*, hours: float, processors: float, watts: float, pue: float) -> float:
    """Energy that the data centre draws, in kWh.

    Args:
        hours: of work, at least 0.
        processors: how many work at once, at least 0.
        watts: average power of one of them.
        pue: power usage effectiveness: all of the data centre's energy over the machines'
            own, at least 1.

    Raises:
        ValueError: a quantity that cannot be.
    """
    if min(hours, processors, watts) < 0 or pue < 1:
        raise ValueError(f"hours {hours}, processors {processors}, watts {watts}, PUE {pue}")
    return hours * processors * watts * pue / 1000


def emissions_tonnes(kwh: float, *, kg_per_kwh: float) -> float:
    """CO2-equivalent in tonnes, of energy in kWh from a grid of `kg_per_kwh`.

    Raises:
        ValueError: a quantity below 0.
    """
    if min(kwh, kg_per_kwh) < 0:
        raise ValueError(f"{kwh} kWh at {kg_per_kwh} kg/kWh")
    return kwh * kg_per_kwh / 1000


@dataclass(frozen=True, slots=True)
class Footprint:
    """What some work took.

    Attributes:
        seconds: by the clock on the wall.
        kwh: energy drawn by the data centre for it.
        gco2e: grams of CO2-equivalent.
        basis: where the numbers come from, as a phrase for a person.
    """

    seconds: float
    kwh: float
    gco2e: float
    basis: str

    @property
    def watt_hours(self) -> float:
        return self.kwh * 1000
