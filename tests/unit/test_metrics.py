import numpy as np
import pytest

from clarity import metrics

LABELS = np.array([False, False, True, True])


def test_auc_counts_ordered_pairs():
    assert metrics.auc(LABELS, np.array([0.1, 0.4, 0.35, 0.8])) == 0.75


def test_false_fakes_are_reals_above_nine_tenths():
    assert metrics.false_fake_rate(LABELS, np.array([0.95, 0.9, 0.99, 0.2])) == 0.5


def test_a_calibrated_score_has_no_calibration_error():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, 200_000)
    labels = rng.uniform(0, 1, scores.size) < scores
    assert metrics.expected_calibration_error(labels, scores) < 0.01
    assert metrics.expected_calibration_error(labels, scores**4) > 0.1


@pytest.mark.parametrize("labels", [np.zeros(3, bool), np.ones(3, bool), np.zeros(0, bool)])
def test_an_undefined_figure_raises(labels):
    with pytest.raises(metrics.MetricUndefined):
        metrics.auc(labels, np.zeros(len(labels)))


def test_each_manipulation_is_measured_against_all_reals():
    kinds = ["none", "none", "face_swap", "synthesis"]
    scores = np.array([0.1, 0.6, 0.5, 0.9])
    assert dict(metrics.by_manipulation(LABELS, scores, kinds)) == {
        "face_swap": 0.5,
        "synthesis": 1.0,
    }
