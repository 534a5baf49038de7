"""Attacks on a network of one line, whose weak side is known."""

import hashlib

import jax.numpy as jnp
import numpy as np
import pytest

from clarity.defences.transformations import TRANSFORMATIONS
from clarity.detectors.card import Calibration
from tests.releases import SIZE, write_release
from train.attacks.estimator import BATCH, AskedEstimator, JaxEstimator
from train.attacks.table import ROUGH, SQUARE, attack_table, coarse_odds

COUNT = BATCH + 4


@pytest.fixture(scope="module")
def estimator(tmp_path_factory):
    """Fake is what is brighter on the left than on the right."""
    card = write_release(tmp_path_factory.mktemp("releases"), "r1")
    return JaxEstimator(card, left_against_right)


def left_against_right(images):
    half = SIZE // 2
    return 40 * jnp.mean(images[:, :, :half] - images[:, :, half:], axis=(1, 2, 3))


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    labels = np.arange(COUNT) % 2 == 0
    views = rng.integers(60, 190, (COUNT, SIZE, SIZE, 3)).astype(np.int16)
    views[labels, :, : SIZE // 2] += 6
    views[~labels, :, SIZE // 2 :] += 6
    return views.astype(np.uint8), labels


def test_a_batch_is_filled_up_without_a_trace(estimator, pictures):
    images = pictures[0].astype(np.float32) / 255
    alone = np.concatenate([estimator.odds(image[None]) for image in images])
    np.testing.assert_allclose(estimator.odds(images), alone, rtol=1e-5)


def test_the_gradient_is_that_of_the_loss(estimator, pictures):
    images, labels = pictures[0][:2].astype(np.float32) / 255, pictures[1][:2]
    wanted = np.stack([~labels, labels], axis=1).astype(np.float32)
    step = np.zeros_like(images)
    step[0, 3, 4, 1] = 0.05

    def loss(x):
        return np.logaddexp(0, estimator.odds(x)) - labels * estimator.odds(x)

    slope = (loss(images + step) - loss(images - step)) / 0.1
    gradient = estimator.loss_gradient(images, wanted)
    assert gradient[0, 3, 4, 1] == pytest.approx(slope[0], rel=0.02)
    assert slope[1] == 0


def test_answers_are_remembered(pictures):
    asked = []

    def ask(some):
        asked.append(len(some))
        return some.mean(axis=(1, 2, 3)) - 125

    estimator = AskedEstimator(SIZE, ask)
    images = pictures[0].astype(np.float32) / 255
    first = estimator.predict(images[:3])
    np.testing.assert_array_equal(estimator.predict(images[:4])[:3], first)
    np.testing.assert_allclose(first[:, 1] * 2, pictures[0][:3].mean(axis=(1, 2, 3)) - 125)
    assert asked == [3, 1]


def test_the_mirror_image_counts_where_the_release_looks_at_it(estimator, pictures):
    mirrored = estimator.card.model_copy(
        update={"input": estimator.card.input.model_copy(update={"mirrored": True})}
    )
    images = pictures[0].astype(np.float32) / 255
    both = JaxEstimator(mirrored, left_against_right).odds(images)
    np.testing.assert_allclose(both, 0, atol=1e-4)


def test_tighter_views_count_where_the_release_takes_them(estimator, pictures):
    """Everything that lights up lies in the middle half of each side."""
    spec = estimator.card.input.model_copy(update={"framings": (1.0, 0.5), "mean": 0, "std": 255})
    card = estimator.card.model_copy(update={"input": spec, "calibration": Calibration()})
    images = np.zeros((2, SIZE, SIZE, 3), np.float32)
    quarter = SIZE // 4
    images[:, quarter:-quarter, quarter:-quarter] = 1.0
    odds = JaxEstimator(card, lambda views: views.mean((1, 2, 3))).odds(images)
    np.testing.assert_allclose(odds, (0.25 + 1.0) / 2, atol=1e-5)


def test_coarse_odds_keep_sides_and_hide_small_changes():
    rough = coarse_odds(lambda z: z, 2)
    z = np.array([-40.0, -0.01, 0.0, 0.01, 1.0, 1.01, 40.0])
    assert ((rough(z) >= 0) == (z >= 0)).all()
    assert np.isfinite(rough(z)).all()
    assert rough(z)[4] == rough(z)[5]
    np.testing.assert_allclose(rough(z[1:6]), z[1:6], atol=0.05)


def test_every_attack_hurts_more_than_none_and_every_defence_is_measured(estimator, pictures):
    def served(some):
        return estimator.odds(some / np.float32(255))

    lines = list(attack_table(estimator, served, *pictures, epsilons=(8,)))
    bare = {line.attack: line for line in lines if line.defence == "none"}
    aware = [line for line in lines if "aware" in line.attack]
    assert [line.defence for line in aware] == list(TRANSFORMATIONS)
    assert estimator.behind == ""
    rough = [line for line in lines if line.defence == ROUGH]
    assert [line.attack for line in rough] == ["none", SQUARE]
    assert rough[0].accuracy == 1
    assert len(lines) - len(aware) - len(rough) == 4 * (1 + len(TRANSFORMATIONS))
    assert bare["none"].accuracy == bare["none"].auc == 1
    attacked = [line for name, line in bare.items() if name != "none"]
    assert len(attacked) == 3
    assert all(line.accuracy < 1 for line in attacked)
    assert bare["FGSM"].accuracy == 0


def test_the_square_attack_guesses_alike_in_every_run(estimator, pictures):
    def guesses():
        asked = []

        def served(some):
            asked.append(hashlib.sha256(some.tobytes()).hexdigest())
            return estimator.odds(some / np.float32(255))

        list(attack_table(estimator, served, *pictures, epsilons=(8,), aware=False))
        return asked

    first = guesses()
    np.random.random(7)
    assert guesses() == first
