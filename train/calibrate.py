"""From logits to honest probabilities: Platt scaling with a guard for real faces."""

import math

import numpy as np
from scipy.optimize import minimize

from clarity.detectors.card import LOUD_FROM, Calibration
from clarity.labels import FAKE_ABOVE

FALSE_FAKE = 0.005
"""Share of real faces that one detector may accuse: two in a panel accuse at most 1 in 100."""


def fit_calibration(
    logits: np.ndarray, labels: np.ndarray, *, fitted_on: str, false_fake: float = FALSE_FAKE
) -> Calibration:
    """The map from logits to probabilities that a card carries.

    Args:
        logits: float (N,), of a split that training did not see.
        labels: bool (N,), True = fake.
        fitted_on: what the card says of the data.
        false_fake: largest share of reals that may come out above 0.9; where Platt's fit
            lets more through, loud scores are damped (a false accusation is worse than a
            doubt).
    """
    slope, offset = _platt(logits, labels)
    z = slope * logits + offset
    loudest_real = float(np.quantile(z[~labels], 1 - false_fake, method="higher"))
    ceiling = math.log(FAKE_ABOVE / (1 - FAKE_ABOVE))
    damping = 1.0
    if loudest_real > ceiling:
        damping = (ceiling - LOUD_FROM) / (loudest_real - LOUD_FROM)
    return Calibration(slope=slope, offset=offset, loud_slope=damping, fitted_on=fitted_on)


def _platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the least log loss (Platt 1999)."""

    def loss(theta: np.ndarray) -> float:
        z = np.exp(theta[0]) * logits + theta[1]  # the exponential keeps the slope positive
        return float(np.mean(np.logaddexp(0, z) - labels * z))

    log_slope, offset = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(log_slope)), float(offset)
