"""From logits to honest probabilities: Platt scaling with a guard for real faces."""

import numpy as np
from scipy.optimize import minimize

from clarity.detectors.card import Calibration
from clarity.labels import FAKE_ABOVE


def fit_platt(
    logits: np.ndarray, labels: np.ndarray, *, fitted_on: str, false_fake: float = 0.01
) -> Calibration:
    """Slope and offset that make sigmoid(slope * logit + offset) a calibrated probability.

    Fakes and reals weigh the same, so that the probability assumes no more fakes than reals.

    Args:
        logits: float (N,), of a split that training did not see.
        labels: bool (N,), True = fake.
        fitted_on: what the card says of the data.
        false_fake: largest share of reals that may come out above 0.9; if the fit lets more
            through, the offset falls until it does not (a false accusation is worse than
            a doubt).
    """
    weights = np.where(labels, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))

    def loss(theta: np.ndarray) -> float:
        z = theta[0] * logits + theta[1]
        return float(np.mean(weights * (np.logaddexp(0, z) - labels * z)))

    slope, offset = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    ceiling = np.log(FAKE_ABOVE / (1 - FAKE_ABOVE))
    loudest_real = float(np.quantile(slope * logits[~labels] + offset, 1 - false_fake))
    offset -= max(0.0, loudest_real - ceiling)
    return Calibration(slope=float(slope), offset=float(offset), fitted_on=fitted_on)
