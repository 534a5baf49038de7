import numpy as np
import pytest

from clarity import metrics
from train.calibrate import fit_calibration


def drawn(seed, count=20_000):
    """Logits whose true log-odds are 0.5 * logit - 1."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(2, 4, count)
    labels = rng.uniform(0, 1, count) < 1 / (1 + np.exp(-(0.5 * logits - 1)))
    return logits, labels


def test_the_true_log_odds_are_found():
    calibration = fit_calibration(*drawn(1), fitted_on="drawn", false_fake=1.0)
    assert calibration.slope == pytest.approx(0.5, abs=0.02)
    assert calibration.offset == pytest.approx(-1, abs=0.05)
    logits, labels = drawn(2)
    assert metrics.expected_calibration_error(labels, calibration.probabilities(logits)) < 0.02


@pytest.mark.parametrize("share", [0.001, 0.01])
def test_real_faces_called_fake_stay_below_the_share(share):
    logits, labels = drawn(3)
    scores = fit_calibration(logits, labels, fitted_on="drawn", false_fake=share).probabilities(
        logits
    )
    assert metrics.false_fake_rate(labels, scores) <= share
    order = np.argsort(logits)
    assert (np.diff(scores[order]) >= 0).all()
