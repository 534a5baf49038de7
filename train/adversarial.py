"""Adversarial training: a part of every batch is attacked before the network learns from it.

One step is FGSM from a random start (Wong et al. 2020, arXiv 2001.03994), several are PGD (Madry
et al. 2018, arXiv 1706.06083). A step costs about as much as the training step's own backward
pass, on the attacked part of the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Adversarial:
    """How batches are attacked.

    Attributes:
        epsilon: largest change of a pixel, in grey levels of 255.
        steps: of the attack.
        share: part of the batch, in (0, 1]; the rest stays clean, which keeps clean accuracy.
    """

    epsilon: float = 2.0
    steps: int = 1
    share: float = 0.5


def attacked(pixels: Any, targets: Any, logits: Callable[[Any], Any], how: Adversarial) -> Any:
    """The batch with its first rows moved up the loss, for a compiled TensorFlow step.

    Args:
        pixels: float32 (N, s, s, 3) in [0, 255].
        targets: float32 (N,), in [0, 1].
        logits: pixels -> logits (N,), of the network as it judges, not as it trains.
        how: the attack.

    Returns:
        As `pixels`, within epsilon of them.
    """
    import tensorflow as tf

    count = max(1, round(how.share * pixels.shape[0]))
    clean, wanted = pixels[:count], targets[:count]
    # past the edge of the box and clipped back: one step must reach its corners
    step = how.epsilon * (1.25 if how.steps == 1 else 2.5 / how.steps)
    change = tf.random.uniform(tf.shape(clean), -how.epsilon, how.epsilon)
    for _ in range(how.steps):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(change)
            answers = tf.cast(logits(tf.clip_by_value(clean + change, 0.0, 255.0)), tf.float32)
            loss = tf.reduce_sum(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=wanted, logits=answers)
            )
        change += step * tf.sign(tape.gradient(loss, change))
        change = tf.clip_by_value(change, -how.epsilon, how.epsilon)
    moved = tf.stop_gradient(tf.clip_by_value(clean + change, 0.0, 255.0))
    return tf.concat([moved, pixels[count:]], axis=0)
