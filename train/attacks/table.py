"""How a detector stands against attackers, with and without a transformation of its input.

FGSM (Goodfellow et al. 2015) and PGD (Madry et al. 2018) know the network; the square attack
(Andriushchenko et al. 2020) only asks the detector that is served. All change every pixel by at
most epsilon, and every line is measured with the detector that is served. The defences
(`clarity.defences.transformations`) are put before it after the attack was made without them,
and once more with an attacker who knows of them: "aware" (Athalye et al. 2018, arXiv 1802.00420).
Against queries there are coarse answers, too (`clarity.defences.answers`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from clarity import metrics
from clarity.defences.answers import coarse
from clarity.defences.transformations import TRANSFORMATIONS, transformed
from clarity.detectors.preprocess import network_input
from train.attacks.estimator import AskedEstimator, JaxEstimator, Odds, as_pictures
from train.attacks.lines import Attacked
from train.batches import serving_view
from train.crops import CropSet

EPSILONS = (1, 2, 4, 8)
"""Largest change of a pixel, in grey levels of 255."""

PGD_STEPS = 10
SQUARE_QUERIES = 100
SQUARE_SEED = 1
DIGITS = 2

SQUARE = f"square, {SQUARE_QUERIES} queries"
ROUGH = f"answers of {DIGITS} digits"
LEAST = 1e-6
"""Stands for a confidence of 0, whose odds are infinite."""

Attack = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Images in [0, 1] and one-hot labels -> attacked images."""


def faces(crops: CropSet, count: int, *, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Validation faces, half of them fake: stored crops' serving views and labels.

    Returns:
        uint8 (N, 224, 224, 3) and bool (N,).
    """
    rng = np.random.default_rng(seed)
    indices = crops.of_split("validation")
    halves = [indices[crops.fake[indices] == fake] for fake in (False, True)]
    chosen = np.concatenate([rng.permutation(half)[: count // 2] for half in halves])
    return np.stack([serving_view(crops.pixels[one], 224) for one in chosen]), crops.fake[chosen]


def attack_table(
    estimator: JaxEstimator,
    served: Odds,
    views: np.ndarray,
    labels: np.ndarray,
    *,
    epsilons: Sequence[int] = EPSILONS,
    aware: bool = True,
) -> Iterator[Attacked]:
    """Measure every attack at every epsilon, bare and behind every defence.

    Args:
        estimator: the detector's network, for the attackers who know it.
        served: the detector as it answers.
        views: uint8 (N, side, side, 3).
        labels: bool (N,), both values present.
        aware: also attack every defence by PGD with an attacker who knows of it.
    """
    spec = estimator.card.input
    images = ((network_input(views, spec) * spec.std + spec.mean) / 255).astype(np.float32)
    wanted = np.stack([~labels, labels], axis=1).astype(np.float32)
    rough = coarse_odds(served, DIGITS)
    yield from _lines(served, images, labels, attack="none", epsilon=0)
    yield _line(rough, images, labels, attack="none", epsilon=0, defence=ROUGH)
    for epsilon in epsilons:
        for name, attack in _attacks(estimator, served, epsilon / 255).items():
            attacked = attack(images, wanted)
            yield from _lines(served, attacked, labels, attack=name, epsilon=epsilon)
        attacked = _square(rough, spec.size, epsilon / 255)(images, wanted)
        yield _line(rough, attacked, labels, attack=SQUARE, epsilon=epsilon, defence=ROUGH)
        if aware:
            yield from _aware(estimator, served, images, labels, epsilon=epsilon)


def _aware(
    estimator: JaxEstimator, served: Odds, images: np.ndarray, labels: np.ndarray, *, epsilon: int
) -> Iterator[Attacked]:
    """PGD against each defence by an attacker who has it too."""
    wanted = np.stack([~labels, labels], axis=1).astype(np.float32)
    for defence in TRANSFORMATIONS:
        estimator.behind = defence
        try:
            attacked = _pgd(estimator, epsilon / 255).generate(images, wanted)
        finally:
            estimator.behind = ""
        name = f"PGD, {PGD_STEPS} steps, aware"
        yield _line(served, attacked, labels, attack=name, epsilon=epsilon, defence=defence)


def _attacks(estimator: JaxEstimator, served: Odds, eps: float) -> Mapping[str, Attack]:
    from art.attacks.evasion import FastGradientMethod

    return {
        "FGSM": FastGradientMethod(estimator, eps=eps).generate,
        f"PGD, {PGD_STEPS} steps": _pgd(estimator, eps).generate,
        SQUARE: _square(served, estimator.card.input.size, eps),
    }


def coarse_odds(served: Odds, digits: int) -> Odds:
    """What is left of the odds when confidences are answered to so many digits."""

    def odds(pictures: np.ndarray) -> np.ndarray:
        exact = 1 / (1 + np.exp(-np.asarray(served(pictures), np.float64)))
        told = np.array([coarse(float(score), digits) for score in exact])
        bounded = np.clip(told, LEAST, 1 - LEAST)
        return np.log(bounded / (1 - bounded))

    return odds


def _square(asked: Odds, side: int, eps: float) -> Attack:
    """The square attack, whose guesses are the same in every run.

    ART draws them from NumPy's global generator; without a seed, two runs of one table differ.
    """
    from art.attacks.evasion import SquareAttack

    attack = SquareAttack(
        AskedEstimator(side, asked), eps=eps, max_iter=SQUARE_QUERIES, verbose=False
    )

    def generate(images: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        drawn_so_far = np.random.get_state()
        np.random.seed(SQUARE_SEED)
        try:
            return attack.generate(images, wanted)
        finally:
            np.random.set_state(drawn_so_far)

    return generate


def _pgd(estimator: JaxEstimator, eps: float) -> Any:
    from art.attacks.evasion.projected_gradient_descent.projected_gradient_descent_numpy import (
        ProjectedGradientDescentNumpy,
    )

    return ProjectedGradientDescentNumpy(
        estimator, eps=eps, eps_step=2.5 * eps / PGD_STEPS, max_iter=PGD_STEPS, verbose=False
    )


def _lines(
    served: Odds, images: np.ndarray, labels: np.ndarray, *, attack: str, epsilon: int
) -> Iterator[Attacked]:
    for defence in ("none", *TRANSFORMATIONS):
        yield _line(served, images, labels, attack=attack, epsilon=epsilon, defence=defence)


def _line(
    served: Odds,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    attack: str,
    epsilon: int,
    defence: str,
) -> Attacked:
    pictures = as_pictures(images)
    odds = served(transformed(pictures, defence) if defence in TRANSFORMATIONS else pictures)
    accuracy = dict(metrics.decisions(labels, odds >= 0))["accuracy"]
    return Attacked(attack, epsilon, defence, metrics.auc(labels, odds), accuracy)
