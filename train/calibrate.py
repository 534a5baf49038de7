"""From logits to honest probabilities: Platt scaling with a guard for real faces."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from clarity.detectors.card import LOUD_FROM, Calibration
from clarity.labels import FAKE_ABOVE
from train.items import Items

FEW_FAKES = 50
"""Fewer of them do not tell how common fakes are: both labels then weigh alike."""

FALSE_FAKE = 0.005
"""Share of real faces that a generalist may accuse."""

SPECIALIST_FALSE_FAKE = 0.001
"""Share that a specialist may accuse: any detector's accusation is the panel's, so a generalist
and five specialists accuse at most 1 in 100."""

FALSE_DOUBT = 0.03
"""Share of real faces that a specialist may doubt: any detector's doubt is the panel's."""


def fit_calibration(
    logits: np.ndarray,
    labels: np.ndarray,
    *,
    fitted_on: str,
    false_fake: float = FALSE_FAKE,
    false_doubt: float = 1.0,
) -> Calibration:
    """The map from logits to probabilities that a card carries.

    Args:
        logits: float (N,), of a split that training did not see.
        labels: bool (N,), True = fake.
        fitted_on: what the card says of the data.
        false_fake: largest share of reals that may come out above 0.9; where Platt's fit
            lets more through, loud scores are damped (a false accusation is worse than a
            doubt).
        false_doubt: largest share of reals that may come out at 0.5 or above; where Platt's
            fit lets more through, the odds are lowered. That is a prior: most items are not
            of the one kind that a specialist knows.
    """
    slope, offset = _platt(logits, labels)
    if false_doubt < 1.0:
        reals = slope * logits[~labels] + offset
        offset -= max(0.0, float(np.quantile(reals, 1 - false_doubt, method="higher")))
    z = slope * logits + offset
    loudest_real = float(np.quantile(z[~labels], 1 - false_fake, method="higher"))
    ceiling = math.log(FAKE_ABOVE / (1 - FAKE_ABOVE))
    damping = 1.0
    if loudest_real > ceiling:
        damping = (ceiling - LOUD_FROM) / (loudest_real - LOUD_FROM)
    return Calibration(slope=slope, offset=offset, loud_slope=damping, fitted_on=fitted_on)


def fit_to_task(
    items: Items, logits: np.ndarray, manipulations: Sequence[str], *, fitted_on: str
) -> Calibration:
    """The calibration of a network that learnt some manipulations, or all: of none named.

    A specialist is fitted on reals and on the fakes that it was trained to see, and is quiet.

    Args:
        items: of a split that training did not see.
        logits: float (N,), of the items.
        manipulations: of the network's last phase.
        fitted_on: what the card says of the data.
    """
    known = items.known_to(manipulations)
    guards = (
        {"false_fake": SPECIALIST_FALSE_FAKE, "false_doubt": FALSE_DOUBT} if manipulations else {}
    )
    return fit_calibration(logits[known], items.fake[known], fitted_on=fitted_on, **guards)


def _platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the least log loss (Platt 1999)."""
    fakes = labels.sum()
    weights = np.where(labels, len(labels) / fakes, 1.0) if fakes < FEW_FAKES else 1.0

    def loss(theta: np.ndarray) -> float:
        z = np.exp(theta[0]) * logits + theta[1]  # the exponential keeps the slope positive
        return float(np.mean(weights * (np.logaddexp(0, z) - labels * z)))

    log_slope, offset = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(log_slope)), float(offset)
