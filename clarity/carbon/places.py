"""Where computing happens: how clean the grid is, and what the building adds.

Google publishes both figures for every region and year, as location-based averages:
https://github.com/GoogleCloudPlatform/region-carbon-info (data/yearly). The edition of 2021
is used throughout, for its Zurich is the figure that Clarity plans with; later editions are
lower there (2025: 97 % carbon-free, 0.021 kg/kWh), so that ours errs on the high side. Regions
that opened later carry the year of their edition.
"""

from dataclasses import dataclass

from clarity.errors import ClarityError

GOOGLE_PUE = 1.09
"""Average of Google's data centres in 2024 (Google Environmental Report 2025); Zurich's own
is not published."""

AVERAGE_PUE = 1.56
"""Average of all data centres (Uptime Institute, Global Data Center Survey 2024)."""

WORLD_KG_PER_KWH = 0.473
"""Average of the world's electricity in 2024 (Ember, Global Electricity Review 2025)."""


class UnknownPlace(ClarityError):
    status = 422
    code = "unknown-place"
    hint = "Name a Google Cloud region such as europe-west6, or none at all."


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its grid.

    Attributes:
        name: of the region; "" where nobody said.
        where: for a person.
        carbon_free: share in [0, 1] of the energy that is carbon-free, hour by hour, with
            what the operator buys; None where it is not published.
        kg_per_kwh: kg of CO2-equivalent per kWh of the grid.
        pue: power usage effectiveness.
        year: of the figures.
    """

    name: str
    where: str
    carbon_free: float | None
    kg_per_kwh: float
    pue: float
    year: int


ANYWHERE = Place("", "place not known: world average", None, WORLD_KG_PER_KWH, AVERAGE_PUE, 2024)

# region: town, share that is carbon-free, g CO2e/kWh, year of the edition
_GOOGLE: dict[str, tuple[str, float | None, float, int]] = {
    "asia-east1": ("Taiwan", 0.17, 456, 2021),
    "asia-east2": ("Hong Kong", 0.28, 360, 2021),
    "asia-northeast1": ("Tokyo", 0.16, 464, 2021),
    "asia-northeast2": ("Osaka", 0.31, 384, 2021),
    "asia-northeast3": ("Seoul", 0.31, 425, 2021),
    "asia-south1": ("Mumbai", 0.10, 670, 2021),
    "asia-south2": ("Delhi", 0.08, 671, 2021),
    "asia-southeast1": ("Singapore", 0.04, 372, 2021),
    "asia-southeast2": ("Jakarta", 0.13, 580, 2021),
    "australia-southeast1": ("Sydney", 0.21, 598, 2021),
    "australia-southeast2": ("Melbourne", 0.31, 521, 2021),
    "europe-central2": ("Warsaw", 0.20, 576, 2021),
    "europe-north1": ("Finland", 0.91, 127, 2021),
    "europe-southwest1": ("Madrid", None, 121, 2021),
    "europe-west1": ("Belgium", 0.82, 110, 2021),
    "europe-west2": ("London", 0.57, 172, 2021),
    "europe-west3": ("Frankfurt", 0.60, 269, 2021),
    "europe-west4": ("Eemshaven", 0.53, 283, 2021),
    "europe-west6": ("Zurich", 0.85, 86, 2021),
    "europe-west8": ("Milan", None, 298, 2021),
    "europe-west9": ("Paris", None, 59, 2021),
    "northamerica-northeast1": ("Montréal", 1.00, 0, 2021),
    "northamerica-northeast2": ("Toronto", 0.92, 29, 2021),
    "southamerica-east1": ("São Paulo", 0.78, 129, 2021),
    "southamerica-west1": ("Santiago", 0.69, 190, 2021),
    "us-central1": ("Iowa", 0.97, 394, 2021),
    "us-east1": ("South Carolina", 0.25, 434, 2021),
    "us-east4": ("Northern Virginia", 0.64, 309, 2021),
    "us-east5": ("Columbus", 0.64, 309, 2021),
    "us-south1": ("Dallas", 0.40, 296, 2021),
    "us-west1": ("Oregon", 0.88, 60, 2021),
    "us-west2": ("Los Angeles", 0.53, 190, 2021),
    "us-west3": ("Salt Lake City", 0.31, 448, 2021),
    "us-west4": ("Las Vegas", 0.21, 365, 2021),
    "africa-south1": ("Johannesburg", 0.15, 641.42, 2025),
    "europe-north2": ("Stockholm", 1.00, 19.39, 2025),
    "europe-west10": ("Berlin", 0.70, 275.81, 2025),
    "europe-west12": ("Turin", 0.79, 202.03, 2025),
    "me-central1": ("Doha", 0.00, 370, 2025),
    "me-central2": ("Dammam", 0.01, 381.29, 2025),
    "me-west1": ("Tel Aviv", 0.13, 380.95, 2025),
    "northamerica-south1": ("Mexico", 0.25, 293.25, 2025),
}


def names() -> tuple[str, ...]:
    """Every region that is known."""
    return tuple(_GOOGLE)


def place(name: str) -> Place:
    """The place of a region's name; of an empty name, the world's average, which says so.

    Raises:
        UnknownPlace: a name that is not in the table.
    """
    if not name:
        return ANYWHERE
    if name not in _GOOGLE:
        raise UnknownPlace(f"No figures are known for the region {name!r}.")
    town, carbon_free, grams, year = _GOOGLE[name]
    return Place(name, f"{town} ({name})", carbon_free, grams / 1000, GOOGLE_PUE, year)
