import numpy as np
import pytest

from clarity import metrics
from train.calibrate import fit_calibration, fit_to_task
from train.items import Items


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


@pytest.mark.parametrize("share", [0.03, 0.2])
def test_a_specialist_doubts_few_reals(share):
    logits, labels = drawn(4)
    scores = fit_calibration(logits, labels, fitted_on="drawn", false_doubt=share).probabilities(
        logits
    )
    assert metrics.not_real(scores[~labels]).mean() == pytest.approx(share, abs=0.001)


def test_one_that_is_quiet_already_stays_as_it_is():
    logits, labels = drawn(5)
    plain = fit_calibration(logits, labels, fitted_on="drawn")
    assert fit_calibration(logits, labels, fitted_on="drawn", false_doubt=0.9) == plain


def test_a_handful_of_fakes_is_heard_all_the_same():
    rng = np.random.default_rng(6)
    reals, fakes = rng.normal(-2, 1, 1000), rng.normal(2, 1, 8)
    labels = np.arange(1008) >= 1000
    fitted = fit_calibration(
        np.append(reals, fakes), labels, fitted_on="drawn", false_doubt=0.03, false_fake=0.001
    )
    assert metrics.not_real(fitted.probabilities(fakes)).mean() > 0.8
    assert metrics.not_real(fitted.probabilities(reals)).mean() <= 0.03


def test_fakes_that_a_specialist_does_not_know_change_nothing():
    logits = np.array([-4.0, -1.0, 3.0, 5.0, -9.0, 8.0])
    fake = np.array([False, False, True, True, True, True])
    kinds = np.array(["none", "none", "face_swap", "face_swap", "synthesis", "synthesis"])
    items = Items([[place] for place in range(6)], fake, kinds)
    known = items.where(items.known_to(["face_swap"]))
    both = [
        fit_to_task(chosen, values, ["face_swap"], fitted_on="drawn")
        for chosen, values in ((items, logits), (known, logits[:4]))
    ]
    assert both[0] == both[1]
