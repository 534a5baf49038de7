"""Coarse answers: whoever copies a detector through its answers learns less from each.

Attacks that extract or evade by queries follow small changes of a score (Tramèr et al. 2016,
arXiv 1609.02943; Andriushchenko et al. 2020, arXiv 1912.00049). A rounded score hides the small
ones, and costs a person nothing.
"""

from clarity.labels import label_scores


def coarse(score: float, digits: int) -> float:
    """A confidence index in [0, 1] rounded to so many digits, never across a label's bound.

    Where the nearest value would get another label, the nearest one with the same label is
    given: 0.8999 to two digits is 0.9, 0.9001 is 0.91, 0.4999 is 0.49.

    Args:
        digits: after the point, 1 to 15.

    Raises:
        ValueError: no such number of digits.
    """
    if not 1 <= digits <= 15:
        raise ValueError(f"a score has 1 to 15 digits, not {digits}")
    rounded = round(score, digits)
    if _label(rounded) == _label(score):
        return rounded
    step = 10.0**-digits
    return round(rounded + step if rounded < score else rounded - step, digits)


def _label(score: float) -> str:
    return label_scores({"": score})
