import numpy as np
import pytest

from train.continual.representation import BINS, StoredFeatures, stored_features

CHANNELS = 3


def teacher(logits, features):
    """Answers what it is told, whatever it sees."""
    maps = np.broadcast_to(features[:, None, None], (len(features), 2, 2, CHANNELS))
    return lambda inputs, training: (np.float32(logits), None, np.float32(maps))


def logit(confidence):
    return float(np.log(confidence / (1 - confidence)))


def loss(store, features, logits, labels):
    maps = np.float32(features)[:, None, None] * np.ones((1, 2, 2, 1), np.float32)
    found = store.loss([maps], [], logits=np.float32(logits), labels=np.float32(labels))
    return float(found)


def test_the_store_keeps_the_mean_of_each_label_and_confidence_of_what_is_judged_right():
    features = np.float32([[1, 0, 0], [3, 0, 0], [0, 5, 0], [9, 9, 9]])
    logits = [logit(0.95), logit(0.97), logit(0.35), logit(0.9)]
    labels = np.float32([1, 1, 0, 0])  # the last one is judged wrong
    store = stored_features(teacher(logits, features), [(features, labels)])
    confident_fake, unsure_real = BINS + 4, 1
    assert store.counts.tolist() == [
        2.0 if n == confident_fake else float(n == unsure_real) for n in range(2 * BINS)
    ]
    assert store.means[confident_fake].tolist() == [2, 0, 0]
    assert store.means[unsure_real].tolist() == [0, 5, 0]


def test_a_student_is_drawn_to_the_bin_of_its_own_label_and_confidence():
    means = np.zeros((2 * BINS, CHANNELS), np.float32)
    counts = np.zeros(2 * BINS, np.float32)
    means[BINS + 4], counts[BINS + 4] = 1.0, 10
    store = StoredFeatures(means, counts, np.full(CHANNELS, 2.0, np.float32))
    at_the_mean, far = [[1, 1, 1]], [[5, 5, 5]]
    assert loss(store, at_the_mean, [logit(0.95)], [1]) == pytest.approx(0)
    assert loss(store, far, [logit(0.95)], [1]) == pytest.approx((4 / 2) ** 2)
    # an empty bin, and a crop that is judged wrong, ask for nothing
    assert loss(store, far, [logit(0.65)], [1]) == 0
    assert loss(store, far, [logit(0.95)], [0]) == 0
    # two crops of one bin are compared as their mean
    assert loss(store, [[0, 0, 0], [2, 2, 2]], [logit(0.95)] * 2, [1, 1]) == pytest.approx(0)
