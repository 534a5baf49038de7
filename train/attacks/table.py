"""How a detector stands against attackers, with and without a transformation of its input.

FGSM (Goodfellow et al. 2015) and PGD (Madry et al. 2018) know the network; the square attack
(Andriushchenko et al. 2020) only asks it. All change every pixel by at most epsilon. The
defences (JPEG, Guo et al. 2018; rescaling) are put before the network after the attack was
made without them: an attacker who knows of them does better than the table says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from clarity import metrics
from clarity.detectors.preprocess import network_input
from clarity.forgery.degrade import rescale
from train.attacks.estimator import JaxEstimator
from train.batches import serving_view
from train.crops import CropSet

EPSILONS = (1, 2, 4, 8)
"""Largest change of a pixel, in grey levels of 255."""

PGD_STEPS = 10
SQUARE_QUERIES = 100
JPEG_QUALITY = 60
RESCALE = 0.5

Attack = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Images in [0, 1] and one-hot labels -> attacked images."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: AUC and accuracy at 0.5 under an attack behind a defence."""

    attack: str
    epsilon: int
    defence: str
    auc: float
    accuracy: float


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
    views: np.ndarray,
    labels: np.ndarray,
    *,
    epsilons: Sequence[int] = EPSILONS,
) -> Iterator[Line]:
    """Measure every attack at every epsilon, bare and behind every defence.

    Args:
        estimator: the detector.
        views: uint8 (N, side, side, 3).
        labels: bool (N,), both values present.
    """
    spec = estimator.card.input
    images = (network_input(views, spec) * spec.std + spec.mean) / 255
    wanted = np.stack([~labels, labels], axis=1).astype(np.float32)
    yield from _lines(estimator, images, labels, attack="none", epsilon=0)
    for epsilon in epsilons:
        for name, attack in _attacks(estimator, epsilon / 255).items():
            attacked = attack(images.astype(np.float32), wanted)
            yield from _lines(estimator, attacked, labels, attack=name, epsilon=epsilon)


def _attacks(estimator: JaxEstimator, eps: float) -> Mapping[str, Attack]:
    from art.attacks.evasion import FastGradientMethod, SquareAttack
    from art.attacks.evasion.projected_gradient_descent.projected_gradient_descent_numpy import (
        ProjectedGradientDescentNumpy,
    )

    pgd = ProjectedGradientDescentNumpy(
        estimator, eps=eps, eps_step=2.5 * eps / PGD_STEPS, max_iter=PGD_STEPS, verbose=False
    )
    square = SquareAttack(estimator, eps=eps, max_iter=SQUARE_QUERIES, verbose=False)
    return {
        "FGSM": FastGradientMethod(estimator, eps=eps).generate,
        f"PGD, {PGD_STEPS} steps": pgd.generate,
        f"square, {SQUARE_QUERIES} queries": square.generate,
    }


def _lines(
    estimator: JaxEstimator, images: np.ndarray, labels: np.ndarray, *, attack: str, epsilon: int
) -> Iterator[Line]:
    # what reaches a service is a picture of whole grey levels
    pixels = np.clip(np.rint(images * 255), 0, 255).astype(np.uint8)
    for defence, transform in DEFENCES.items():
        seen = np.stack([transform(one) for one in pixels])
        odds = estimator.odds(seen / np.float32(255))
        accuracy = dict(metrics.decisions(labels, odds >= 0))["accuracy"]
        yield Line(attack, epsilon, defence, metrics.auc(labels, odds), accuracy)


def _jpeg(picture: np.ndarray) -> np.ndarray:
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, encoded = cv2.imencode(".jpg", picture[..., ::-1], quality)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))[..., ::-1]


DEFENCES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": lambda picture: picture,
    f"JPEG {JPEG_QUALITY}": _jpeg,
    f"rescale {RESCALE:g}": lambda picture: rescale(picture, RESCALE),
}
