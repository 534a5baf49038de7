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


def test_the_equal_error_rate_is_where_both_errors_meet():
    # at any limit between 0.4 and 0.6, one of two reals and one of two fakes are wrong
    assert metrics.equal_error_rate(LABELS, np.array([0.1, 0.6, 0.4, 0.9])) == 0.5
    assert metrics.equal_error_rate(LABELS, LABELS.astype(float)) == 0


def test_decisions_are_counted_and_no_accusation_has_no_precision():
    called = metrics.fake(np.array([0.2, 0.95, 0.9, 0.99]))
    assert metrics.confusion(LABELS, called) == metrics.Confusion(1, 1, 1, 1)
    assert dict(metrics.decisions(LABELS, called))["precision"] == 0.5
    assert "precision" not in dict(metrics.decisions(LABELS, np.zeros(4, bool)))


def test_a_sample_draws_whole_groups():
    groups = np.array(["a", "b", "a", "c", "b", "b"])
    sizes = {"a": 2, "b": 3, "c": 1}
    for chosen in metrics.resamples(groups, draws=20):
        drawn = groups[chosen].tolist()
        assert all(drawn.count(name) % size == 0 for name, size in sizes.items())


def test_intervals_are_wider_where_items_are_not_independent():
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.integers(0, 2, 40).astype(bool), 10)
    scores = np.repeat(rng.standard_normal(40), 10) + labels
    groups = np.repeat(np.arange(40), 10)

    def width(by):
        one = metrics.interval(metrics.auc, labels, scores, by, draws=100)
        assert one.low <= one.value <= one.high
        return one.high - one.low

    assert width(groups) > 2 * width(np.arange(400))
